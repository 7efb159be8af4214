import assert from "node:assert/strict"
import { test } from "node:test"
import { emptyRoom, type Room } from "../src/store/room.ts"
import { found, targets, usual } from "../src/store/targets.ts"
import { operator } from "./examples.ts"

const room: Room = {
  ...emptyRoom,
  destinations: [
    { destination: "damkar", name: "Damkar Tangerang" }, { destination: "psc", name: "PSC 119" },
    { destination: "polisi", name: "Polres Metro" },
  ],
  types: [{ type: "crime", label: "Kejahatan", form: [], questions: {}, agency: "polisi" }],
  operators: new Map([
    ["201", operator("201", { name: "Siti Aminah" })],
    ["202", operator("202", { name: "Budi", activity: "talking" })],
    ["203", operator("203", { name: "Dewi Damayanti" })],
  ]),
}
const all = targets(room, ["203", "202", "201"])
const names = (typed: string) => found(all, typed).map((target) => target.name)

test("agencies come first and keep their places, then whoever can be rung", () => {
  assert.deepEqual(all.map(({ place, name }) => [place, name]), [
    [1, "Damkar Tangerang"], [2, "PSC 119"], [3, "Polres Metro"], [4, "Dewi Damayanti"], [5, "Siti Aminah"],
  ])
})

test("the type's agency is first in mind, and whoever comes first when there is none", () => {
  assert.equal(all[usual(all, room, "crime")]?.to, "polisi")
  assert.equal(usual(all, room, "fire"), 0)
  assert.equal(usual(all, room, null), 0)
})

test("what is typed is a place in the list, an extension, or beginnings of words", () => {
  assert.deepEqual(names(""), all.map((target) => target.name))
  assert.deepEqual(names("2"), ["PSC 119"])
  assert.deepEqual(names("201"), ["Siti Aminah"])
  assert.deepEqual(names("dam"), ["Damkar Tangerang", "Dewi Damayanti"])
  assert.deepEqual(names("TANG dam"), ["Damkar Tangerang"])
  assert.deepEqual(names("119"), ["PSC 119"])
  assert.deepEqual(names("amkar"), [])
})

test("a number that nobody has is dialled as it is, without what makes it readable", () => {
  assert.deepEqual(found(all, "0812-3456 (78)"), [{ to: "0812345678", name: "0812345678", place: 0, number: "" }])
  assert.deepEqual(found(all, "+62215551234").map((target) => target.to), ["+62215551234"])
  assert.deepEqual(names("9"), [])
  assert.deepEqual(names("RT 555"), [])
})
