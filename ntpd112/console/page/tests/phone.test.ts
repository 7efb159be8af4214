import assert from "node:assert/strict"
import { test } from "node:test"
import { isSilent, judge, sampleOf } from "../src/phone/quality.ts"

const at = (received: number, lost: number, jitterS = 0.005, roundTripS = 0.01, missed = 0, sent = received) => ({
  sent, received, lost, jitterS, roundTripS, missed, energy: 0, heardS: 0,
})

test("a line is as bad as the worst of loss, jitter and delay", () => {
  assert.equal(judge(at(0, 0), at(100, 0)), "good")
  assert.equal(judge(at(0, 0), at(100, 3)), "fair")
  assert.equal(judge(at(0, 0), at(100, 20)), "bad")
  assert.equal(judge(at(0, 0), at(100, 0, 0.05)), "fair")
  assert.equal(judge(at(0, 0), at(100, 0, 0.1)), "bad")
  assert.equal(judge(at(0, 0), at(100, 0, 0, 0.5)), "fair")
  assert.equal(judge(at(0, 0), at(100, 0, 0, 1)), "bad")
})

test("a line on which nothing goes, or on which the other side misses much, is bad", () => {
  assert.equal(judge(at(0, 0), at(100, 0, 0, 0, 0, 0)), "bad")
  assert.equal(judge(at(0, 0), at(100, 0, 0, 0, 0.2)), "bad")
  assert.equal(judge(at(0, 0), at(100, 0, 0, 0, 0.05)), "fair")
})

test("somebody who says nothing is silent, and so is a line on which nothing is heard", () => {
  const heard = (energy: number, heardS: number) => ({ ...at(0, 0), energy, heardS })
  assert.equal(isSilent(heard(1, 10), heard(1, 12)), true)
  assert.equal(isSilent(heard(1, 10), heard(1.00001, 12)), true)
  assert.equal(isSilent(heard(1, 10), heard(1.01, 12)), false)
  assert.equal(isSilent(heard(1, 10), heard(1, 10)), true)
})

test("a line on which nothing comes is bad, and what was lost before does not count", () => {
  assert.equal(judge(at(100, 0), at(100, 0)), "bad")
  assert.equal(judge(at(100, 50), at(200, 50)), "good")
})

test("a report without what is needed says nothing, and odd numbers count as none", () => {
  assert.equal(sampleOf([]), null)
  assert.equal(sampleOf([{ type: "inbound-rtp", kind: "video" }]), null)
  const audio = { type: "inbound-rtp", kind: "audio", packetsReceived: 7, packetsLost: "x", jitter: Number.NaN }
  const pair = { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.2 }
  const unknown = { sent: 0, missed: 0, energy: 0, heardS: 0 }
  assert.deepEqual(sampleOf([audio, pair]), { ...unknown, received: 7, lost: 0, jitterS: 0, roundTripS: 0.2 })
  const out = [
    { type: "outbound-rtp", kind: "audio", packetsSent: 9 }, { type: "remote-inbound-rtp", kind: "audio", fractionLost: 0.1 },
  ]
  assert.deepEqual(sampleOf([audio, ...out]), { ...unknown, sent: 9, missed: 0.1, received: 7, lost: 0, jitterS: 0, roundTripS: 0 })
})
