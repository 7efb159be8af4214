import assert from "node:assert/strict"
import { test } from "node:test"
import type { Alarm } from "../src/contract.ts"
import { alarmText } from "../src/i18n/messages.ts"
import { hasNew, loud, unseen } from "../src/store/alarms.ts"

const alarm = (more: Partial<Alarm> = {}): Alarm => ({
  alarm: "ari_lost", kind: "ari_lost", severity: "high", text: "", operator: "", call: "", since: 1, latest: 1, count: 1,
  ended_at: null, seen_by: "", ...more,
})

test("what nobody has seen to is to be looked at, news aside", () => {
  const all = [alarm(), alarm({ seen_by: "rina" }), alarm({ severity: "note" }), alarm({ ended_at: 5 })]
  assert.deepEqual(unseen(all), [all[0], all[3]])
})

test("a severe alarm is heard each time it comes, while it goes on and nobody sees to it", () => {
  const first = loud([alarm()])
  assert.equal(hasNew(new Set(), first), true)
  assert.equal(hasNew(first, loud([alarm()])), false)
  assert.equal(hasNew(first, loud([alarm({ latest: 9, count: 2 })])), true)
  for (const calm of [alarm({ latest: 9, seen_by: "rina" }), alarm({ latest: 9, ended_at: 9 }), alarm({ severity: "warning" })]) {
    assert.equal(hasNew(first, loud([calm])), false)
  }
})

test("a kind that the page does not know is told in its own word", () => {
  assert.equal(alarmText("ari_lost"), "Sambungan ke sentral terputus")
  assert.equal(alarmText("new_kind"), "new kind")
})
