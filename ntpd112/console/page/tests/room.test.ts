import assert from "node:assert/strict"
import { test } from "node:test"
import type { Changed, Snapshot } from "../src/contract.ts"
import { better } from "../src/store/clock.ts"
import { applyMessage, emptyRoom } from "../src/store/room.ts"
import {
  allCalls,
  canBeRung,
  colleagues,
  commandsFor,
  isHeard,
  ownCall,
  queue,
  ringsAt,
  typeLabel,
  urgency,
} from "../src/store/select.ts"
import { call, operator } from "./examples.ts"

const snapshot: Snapshot = {
  is: "snapshot",
  seq: 1,
  now: 100,
  serves: true,
  city: "Kota Cerita",
  districts: ["Benda"],
  areas: { mobile: "Barat" },
  types: [{ type: "fire", label: "Kebakaran", form: [], questions: {}, agency: "" }],
  breaks: ["makan"], destinations: [],
  calls: [call("a", { turn: 1 }), call("b", { turn: 2, priority: 0 })],
  operators: [operator("2001"), operator("2002")],
  alarms_known: true,
  alarms: [],
}
const nothing: Changed = { is: "changed", seq: 2, now: 101, calls: [], gone: [], operators: [], left: [] }
const room = applyMessage(emptyRoom, snapshot)

test("a snapshot replaces everything that was known", () => {
  const later = applyMessage(room, { ...snapshot, calls: [call("c")], operators: [] })
  assert.deepEqual([...later.calls.keys()], ["c"])
  assert.equal(later.operators.size, 0)
})

test("a change adds, replaces and removes, and leaves the room before it as it was", () => {
  const changed = applyMessage(room, {
    ...nothing,
    calls: [call("a", { state: "talking" }), call("c")],
    gone: ["b"],
    operators: [operator("2003")],
    left: ["2002"],
  })
  assert.deepEqual([...changed.calls.keys()].sort(), ["a", "c"])
  assert.equal(changed.calls.get("a")?.state, "talking")
  assert.deepEqual([...changed.operators.keys()].sort(), ["2001", "2003"])
  assert.deepEqual([...room.calls.keys()], ["a", "b"])
})

test("a call that has ended is no longer there, even before it is gone", () => {
  assert.equal(applyMessage(room, { ...nothing, calls: [call("a", { state: "ended" })] }).calls.has("a"), false)
})

test("serving changes nothing else", () => {
  assert.deepEqual(applyMessage(room, { is: "serving", seq: 2, now: 1, serves: false }), { ...room, serves: false })
})

test("the queue goes by priority, then by turn", () => {
  assert.deepEqual(queue(room).map((each) => each.call_id), ["b", "a"])
})

test("answered calls come after those who wait, the oldest first", () => {
  const calls = [call("x", { state: "talking", arrived_at: 9 }), call("y", { state: "on_hold", arrived_at: 5 })]
  const mixed = applyMessage(room, { ...nothing, calls })
  assert.deepEqual(allCalls(mixed).map((each) => each.call_id), ["b", "a", "y", "x"])
})

test("the own call is the one that is told, or else the one that rings", () => {
  const ringing = applyMessage(room, { ...nothing, calls: [call("a", { state: "ringing", ringing: ["2001"] })] })
  assert.equal(ownCall(ringing, "2001")?.call_id, "a")
  assert.equal(ownCall(ringing, "2002"), null)
  assert.equal(ownCall(ringing, null), null)
  const told = applyMessage(ringing, { ...nothing, operators: [operator("2001", { call_id: "b" })] })
  assert.equal(ownCall(told, "2001")?.call_id, "b")
})

test("a call rings until it is answered there", () => {
  assert.equal(ringsAt(call("a", { ringing: ["2001"] }), "2001"), true)
  assert.equal(ringsAt(call("a", { ringing: ["2001"], speaks_with: ["2001"] }), "2001"), false)
})

test("colleagues who can be rung come first, those who are logged out last", () => {
  const operators = [
    operator("2001"),
    operator("2002", { presence: "logged_out" }),
    operator("2003", { activity: "talking" }),
    operator("2004", { presence: "on_break" }),
    operator("2005"),
  ]
  const full = applyMessage(emptyRoom, { ...snapshot, operators })
  assert.deepEqual(colleagues(full, "2001").map((each) => each.operator), ["2005", "2003", "2004", "2002"])
})

test("only who is available, free and idle can be rung", () => {
  assert.equal(canBeRung(operator("2001")), true)
  assert.equal(canBeRung(operator("2001", { phone: "unreachable" })), false)
  assert.equal(canBeRung(operator("2001", { activity: "wrap_up" })), false)
})

test("urgency turns at 12, 15 and 20 seconds", () => {
  const turns = [11.9, 12, 14.9, 15, 19.9, 20].map(urgency)
  assert.deepEqual(turns, ["calm", "soon", "soon", "late", "late", "very_late"])
})

test("a third party can be joined, left with the caller, or dropped", () => {
  assert.deepEqual(commandsFor("consulting"), ["mute", "conference", "complete", "cancel"])
  assert.deepEqual(commandsFor("waiting"), [])
})

test("a type without a label is shown by its name", () => {
  assert.equal(typeLabel(room, "fire"), "Kebakaran")
  assert.equal(typeLabel(room, "flood"), "flood")
  assert.equal(typeLabel(room, null), null)
})

test("the server's time is taken from the message that was fastest, or from one after a clock was set", () => {
  assert.equal(better(null, 1000, 990), 10)
  assert.equal(better(10, 1000, 990.4), 10)
  assert.equal(better(10, 1000, 989.9), 1000 - 989.9)
  assert.equal(better(10, 1000, 995), 5)
})

test("who only listens is not heard; who whispers, joins or has taken over is", () => {
  const own = (listening: "listen" | "whisper" | "barge" | null) =>
    operator("203", { activity: "talking", listens_to: listening ? "201" : "", listening })
  assert.equal(isHeard(own("listen"), "201"), false)
  assert.equal(isHeard(own("whisper"), "201"), true)
  assert.equal(isHeard(own("barge"), "201"), true)
  assert.equal(isHeard(own(null), "201"), true)
})

test("nothing is decided by what was true before it was asked for", () => {
  const before = operator("203", { activity: "talking", listens_to: "202", listening: "whisper" })
  assert.equal(isHeard(before, "201"), null)
  assert.equal(isHeard(operator("203", { activity: "ringing", listens_to: "201", listening: "listen" }), "201"), null)
  assert.equal(isHeard(null, "201"), null)
})

test("a call that is listened to is not the own one, until it is taken over", () => {
  const speaks = call("c1", { state: "talking", speaks_with: ["201", "203"] })
  const seenBy = (listening: "barge" | null) => ({
    ...emptyRoom,
    calls: new Map([["c1", speaks]]),
    operators: new Map([["203", operator("203", { activity: "talking", call_id: "c1", listens_to: "201", listening })]]),
  })
  assert.equal(ownCall(seenBy("barge"), "203"), null)
  assert.equal(ownCall(seenBy(null), "203"), speaks)
})
