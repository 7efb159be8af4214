import assert from "node:assert/strict"
import { test } from "node:test"
import type { LiveMessage } from "../src/contract.ts"
import { FIRST_MS, LONGEST_MS, pauseMs } from "../src/live/backoff.ts"
import { judge, readMessage } from "../src/live/sequence.ts"
import { LiveSocket, SIGNED_OUT, SILENCE_MS, SNAPSHOT_MS, type Wire } from "../src/live/socket.ts"

const changed = (seq: number): LiveMessage => ({ is: "changed", seq, now: 1, calls: [], gone: [], operators: [], left: [] })
const snapshot = (seq: number): LiveMessage => ({
  is: "snapshot", seq, now: 1, serves: true, city: "", districts: [], areas: {}, types: [], breaks: [], destinations: [],
  calls: [], operators: [], alarms_known: true, alarms: [],
})

test("a count begins with a snapshot, whatever its number", () => {
  assert.equal(judge(null, snapshot(12)), "take")
  assert.equal(judge(null, changed(1)), "gap")
})

test("the next number is taken, an old one ignored, a later one is a gap", () => {
  assert.equal(judge(12, changed(13)), "take")
  assert.equal(judge(12, changed(12)), "ignore")
  assert.equal(judge(12, snapshot(11)), "ignore")
  assert.equal(judge(12, changed(14)), "gap")
  assert.equal(judge(12, snapshot(20)), "take")
})

test("frames that are none of ours are not read", () => {
  assert.equal(readMessage(JSON.stringify(changed(3)))?.seq, 3)
  for (const text of ["", "[]", "null", '{"is":"other","seq":1,"now":1}', '{"is":"changed","seq":"1","now":1}']) {
    assert.equal(readMessage(text), null)
  }
})

test("pauses double from half a second to five, spread by up to a half", () => {
  assert.equal(pauseMs(0, 0), FIRST_MS)
  assert.equal(pauseMs(1, 0), 2 * FIRST_MS)
  assert.equal(pauseMs(0, 1), 1.5 * FIRST_MS)
  assert.equal(pauseMs(1000, 1), LONGEST_MS)
})

/** A world with one timer, whose wires are opened and heard by hand. */
function given() {
  const wires: (Wire & { closed: boolean })[] = []
  const said: string[] = []
  let timer: { run: () => void; ms: number } | null = null
  const world = {
    open: () => {
      const wire = { closed: false, onmessage: null, onclose: null, close: () => void (wire.closed = true) }
      wires.push(wire)
      return wire
    },
    later: (run: () => void, ms: number) => {
      const mine = { run, ms }
      timer = mine
      return () => void (timer === mine && (timer = null))
    },
    random: () => 0,
  }
  const listener = {
    told: (message: LiveMessage) => void said.push(`${message.is} ${message.seq}`),
    connected: (yes: boolean) => void said.push(yes ? "connected" : "lost"),
    signedOut: () => void said.push("signed out"),
  }
  const socket = new LiveSocket("ws://room", listener, world)
  socket.start()
  const last = () => wires.at(-1) as unknown as Record<"onmessage" | "onclose", (event: object) => void>
  return {
    socket, wires, said,
    hear: (message: LiveMessage) => last().onmessage({ data: JSON.stringify(message) }),
    close: (code: number) => last().onclose({ code }),
    waits: () => timer?.ms ?? null,
    elapse: () => {
      const due = timer
      timer = null
      due?.run()
    },
  }
}

test("given a gap, the connection is closed and a new snapshot is taken", () => {
  const { hear, wires, said, waits, elapse } = given()
  hear(snapshot(12))
  hear(changed(14))
  assert.equal(wires[0]?.closed, true)
  assert.equal(waits(), FIRST_MS)
  elapse()
  hear(snapshot(3))
  hear(changed(4))
  assert.deepEqual(said, ["snapshot 12", "connected", "lost", "snapshot 3", "connected", "changed 4"])
})

test("a message that was heard before is not told again", () => {
  const { hear, said } = given()
  hear(snapshot(12))
  hear(changed(12))
  hear(changed(11))
  assert.deepEqual(said, ["snapshot 12", "connected"])
})

test("tries become rarer, and quick again after a snapshot", () => {
  const { hear, close, waits, elapse } = given()
  close(1006)
  elapse()
  close(1006)
  assert.equal(waits(), 2 * FIRST_MS)
  elapse()
  hear(snapshot(1))
  close(1006)
  assert.equal(waits(), FIRST_MS)
})

test("a connection without a snapshot, or one that has become silent, is replaced", () => {
  const { hear, waits, elapse, wires } = given()
  assert.equal(waits(), SNAPSHOT_MS)
  elapse()
  elapse()
  hear(snapshot(1))
  assert.equal(waits(), SILENCE_MS)
  elapse()
  assert.equal(wires[1]?.closed, true)
})

test("who is signed out is told so, and no new connection is tried", () => {
  const { hear, close, said, waits } = given()
  hear(snapshot(1))
  close(SIGNED_OUT)
  assert.deepEqual(said.slice(-2), ["lost", "signed out"])
  assert.equal(waits(), null)
})

test("a stopped connection stays stopped", () => {
  const { socket, wires, waits } = given()
  socket.stop()
  socket.hurry()
  assert.equal(wires.length, 1)
  assert.equal(waits(), null)
})

test("when the network is back, the pause ends at once", () => {
  const { socket, wires, close } = given()
  close(1006)
  socket.hurry()
  assert.equal(wires.length, 2)
})
