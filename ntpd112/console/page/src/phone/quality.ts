/** How good the line is, from what the browser counts. */

export type Quality = "good" | "fair" | "bad"

export interface Sample {
  /** Packets that went to the other side. */
  readonly sent: number
  readonly received: number
  readonly lost: number
  readonly jitterS: number
  readonly roundTripS: number
  /** Share of ours that the other side has missed lately. */
  readonly missed: number
  /** Energy and length of all that was heard: WebRTC statistics, `totalAudioEnergy` and `totalSamplesDuration`. */
  readonly energy: number
  readonly heardS: number
}

/** More than this of loss (share), jitter or half a round trip (seconds), and people begin to repeat themselves. */
const FAIR = { loss: 0.02, jitterS: 0.03, delayS: 0.15 } as const
const BAD = { loss: 0.08, jitterS: 0.08, delayS: 0.4 } as const

/** Read a report of `RTCPeerConnection.getStats()`; `null` when nothing is received yet. */
export function sampleOf(report: readonly Record<string, unknown>[]): Sample | null {
  const inbound = report.find((entry) => entry["type"] === "inbound-rtp" && entry["kind"] === "audio")
  if (!inbound) return null
  const pair = report.find((entry) => entry["type"] === "candidate-pair" && entry["nominated"] === true)
  const of = (type: string) => report.find((entry) => entry["type"] === type && entry["kind"] === "audio")
  return {
    sent: number(of("outbound-rtp")?.["packetsSent"]),
    missed: number(of("remote-inbound-rtp")?.["fractionLost"]),
    received: number(inbound["packetsReceived"]),
    energy: number(inbound["totalAudioEnergy"]),
    heardS: number(inbound["totalSamplesDuration"]),
    lost: number(inbound["packetsLost"]),
    jitterS: number(inbound["jitter"]),
    roundTripS: number(pair?.["currentRoundTripTime"]),
  }
}

/** Between two samples, in both directions: nothing at all is bad, too. */
export function judge(before: Sample, now: Sample): Quality {
  const received = now.received - before.received
  const lost = Math.max(0, now.lost - before.lost)
  if (received <= 0 || now.sent <= before.sent) return "bad"
  const exceeds = (most: typeof FAIR | typeof BAD) =>
    lost / (lost + received) > most.loss || now.missed > most.loss || now.jitterS > most.jitterS || now.roundTripS / 2 > most.delayS
  if (exceeds(BAD)) return "bad"
  return exceeds(FAIR) ? "fair" : "good"
}

/** As loud as a quiet room on a telephone; speech is ten times as loud and more. Full scale is 1. */
const SILENCE = 0.003

/** Between two samples, nobody there has said anything. */
export function isSilent(before: Sample, now: Sample): boolean {
  const lengthS = now.heardS - before.heardS
  return lengthS <= 0 || Math.sqrt(Math.max(0, now.energy - before.energy) / lengthS) < SILENCE
}

function number(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0
}
