import assert from "node:assert/strict"
import { test } from "node:test"
import { judge, sampleOf } from "../src/phone/quality.ts"

const at = (received: number, lost: number, jitterS = 0.005, roundTripS = 0.01) => ({ received, lost, jitterS, roundTripS })

test("a line is as bad as the worst of loss, jitter and delay", () => {
  assert.equal(judge(at(0, 0), at(100, 0)), "good")
  assert.equal(judge(at(0, 0), at(100, 3)), "fair")
  assert.equal(judge(at(0, 0), at(100, 20)), "bad")
  assert.equal(judge(at(0, 0), at(100, 0, 0.05)), "fair")
  assert.equal(judge(at(0, 0), at(100, 0, 0.1)), "bad")
  assert.equal(judge(at(0, 0), at(100, 0, 0, 0.5)), "fair")
  assert.equal(judge(at(0, 0), at(100, 0, 0, 1)), "bad")
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
  assert.deepEqual(sampleOf([audio, pair]), { received: 7, lost: 0, jitterS: 0, roundTripS: 0.2 })
})
