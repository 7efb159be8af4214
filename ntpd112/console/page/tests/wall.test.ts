import assert from "node:assert/strict"
import { test } from "node:test"
import type { WallType } from "../src/contract.ts"
import { columns, hoursSaid, level, share, typeRows } from "../src/store/wall_select.ts"
import { calendarDay, clockTime, number, percent, whenItWas, zoneName } from "../src/when.ts"

const ZONE = "Asia/Jakarta"
/** 26 November 2026, 14:05:09 in Jakarta. */
const AT = Date.UTC(2026, 10, 26, 7, 5, 9) / 1000

test("the longest wait is amber from 15 seconds on, and red from 20", () => {
  assert.deepEqual([0, 14.9, 15, 19.9, 20, 600].map(level), ["calm", "calm", "amber", "amber", "red", "red"])
})

test("a goal is met when it is met exactly, and never only because of rounding", () => {
  assert.deepEqual(share(9, 10, 90), { percent: 90, met: true })
  assert.deepEqual(share(57, 60, 95), { percent: 95, met: true })
  assert.deepEqual(share(89_999, 100_000, 90), { percent: 89.9, met: false })
  assert.deepEqual(share(9_999, 10_000, 100), { percent: 99.9, met: false })
  assert.deepEqual(share(10, 10, 90), { percent: 100, met: true })
})

test("nobody answered is no share, and no goal missed", () => {
  assert.deepEqual(share(0, 0, 90), { percent: null, met: true })
})

const type = (name: string | null, calls: number): WallType => ({ type: name, label: name?.toUpperCase() ?? "", calls })

test("types stay in the city's order, calls without one come last", () => {
  const rows = typeRows([type("a", 1), type("b", 5), type("c", 0), type(null, 2)], 6)
  assert.deepEqual(rows.map((row) => [row.kind, row.label, row.calls]), [
    ["type", "A", 1],
    ["type", "B", 5],
    ["type", "C", 0],
    ["none", "", 2],
  ])
})

test("of too many types the busiest are shown and the others are one row, with no call lost", () => {
  const types = ["a", "b", "c", "d", "e", "f", "g"].map((name, place) => type(name, place * 10))
  const rows = typeRows([...types, type(null, 3)], 4)
  assert.deepEqual(rows.map((row) => row.label || row.kind), ["E", "F", "G", "others", "none"])
  assert.equal(rows.reduce((total, row) => total + row.calls, 0), 213)
})

test("the chart has a column for every hour, and only hours with calls are read aloud", () => {
  const hours = [0, 1, 2].map((hour) => ({ hour, arrived: hour * 2, answered: hour }))
  assert.deepEqual(columns(hours), [[0, 1, 2], [null, 2, 4], [null, 1, 2]])
  assert.equal(hoursSaid(hours), "01: 2, 1; 02: 4, 2")
})

test("clock and calendar are the city's, in the reader's language", () => {
  assert.equal(clockTime(AT, ZONE, "id"), "14.05.09")
  assert.equal(clockTime(AT, ZONE, "en"), "14:05:09")
  assert.equal(clockTime(AT, "Asia/Jayapura", "en"), "16:05:09")
  assert.equal(calendarDay(AT, ZONE, "id"), "Kamis, 26 November 2026")
  assert.match(calendarDay(AT, ZONE, "en"), /^Thursday,? 26 November 2026$/)
  assert.deepEqual([ZONE, "Asia/Makassar", "Asia/Jayapura"].map((zone) => zoneName(AT, zone)), ["WIB", "WITA", "WIT"])
})

test("midnight is 00, and an incident of another day has its date", () => {
  const midnight = Date.UTC(2026, 10, 25, 17) / 1000
  assert.equal(whenItWas(midnight, AT, ZONE, "en"), "00:00")
  assert.equal(whenItWas(midnight - 60, AT, ZONE, "en"), "25 Nov 23:59")
})

test("numbers and shares are written as each language does", () => {
  assert.deepEqual([number(1234, "id"), number(1234, "en")], ["1.234", "1,234"])
  assert.deepEqual([percent(93.4, "id"), percent(90, "en"), percent(100, "id"), percent(0, "id")], ["93,4%", "90.0%", "100%", "0%"])
})
