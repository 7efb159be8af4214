import assert from "node:assert/strict"
import { test } from "node:test"
import { ApiError } from "../src/api.ts"
import { Pages } from "../src/records/pages.ts"
import { callQuery, dayBefore, incidentQuery, pageOf } from "../src/records/query.ts"

const NONE = { from: "", to: "", number: "", operator: "", type: "", is: "", outcome: "" }

test("what is not filled in is not asked for", () => {
  assert.equal(callQuery(NONE).toString(), "")
  assert.equal(callQuery({ ...NONE, is: "none", type: "fire" }).toString(), "type=fire&class=none")
  assert.equal(incidentQuery({ from: "", type: "", status: "open", text: " a&b " }).toString(), "status=open&text=a%26b")
})

test("days begin at this machine's midnight, and the last one is whole", () => {
  const asked = callQuery({ ...NONE, from: "2026-11-24", to: "2026-11-24" })
  assert.equal(Number(asked.get("since")), new Date(2026, 10, 24).getTime() / 1000)
  assert.equal(Number(asked.get("until")), new Date(2026, 10, 25).getTime() / 1000)
  assert.equal(dayBefore(new Date(2026, 2, 3, 1).getTime(), 7), "2026-02-24")
})

test("a number is asked for by its digits once there are three", () => {
  const numbers = ["0812 3456-7890", "+62 (812)", "ab78", "12+34", "7890x"].map((number) => callQuery({ ...NONE, number }).get("number"))
  assert.deepEqual(numbers, ["081234567890", "+62812", null, "1234", "7890"])
})

test("a page begins behind the last one that is known", () => {
  assert.equal(pageOf(callQuery({ ...NONE, type: "fire" }), null), "type=fire&limit=50")
  assert.equal(pageOf(new URLSearchParams(), "1.1"), "limit=50&before=1.1")
})

test("pages are put behind each other, and an answer that comes too late counts for nothing", async () => {
  const waiting: ((items: string[]) => void)[] = []
  const asked: string[] = []
  const pages = new Pages<string>(
    (query) => {
      asked.push(query)
      return new Promise((answer) => waiting.push((items) => answer({ items, more: items.length > 1 })))
    },
    (item) => item,
  )
  const late = pages.begin(new URLSearchParams("type=old"))
  const first = pages.begin(new URLSearchParams("type=new"))
  waiting[1]?.(["a", "b"])
  await first
  waiting[0]?.(["x"])
  await late
  assert.deepEqual([pages.items.value, pages.more.value, pages.loading.value], [["a", "b"], true, false])
  const second = pages.next()
  waiting[2]?.(["c"])
  await second
  assert.deepEqual([pages.items.value, pages.more.value], [["a", "b", "c"], false])
  assert.deepEqual(asked, ["type=old&limit=50", "type=new&limit=50", "type=new&limit=50&before=b"])
})

test("what was there stays when the records cannot be read", async () => {
  let fails = false
  const pages = new Pages<string>(async () => {
    if (fails) throw new ApiError("database_away")
    return { items: ["a"], more: false }
  }, (item) => item)
  await pages.begin(new URLSearchParams())
  fails = true
  await pages.begin(new URLSearchParams())
  assert.deepEqual(pages.items.value, ["a"])
  assert.match(pages.failed.value, /^Catatan belum dapat dibaca/)
})
