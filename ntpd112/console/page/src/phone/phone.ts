/** The telephone in the page: JsSIP over the console's own address, voices straight to the exchange. */

import { signal } from "@preact/signals"
import { C, UA, WebSocketInterface } from "jssip"
import type { RTCSession } from "jssip/lib/RTCSession"
import { phoneAccount } from "../api.ts"
import type { PhoneAccount } from "../contract.ts"
import {
  closeMicrophone, hear, microphoneLost, onMicrophoneLost, openMicrophone, silence, silentVoice,
} from "./audio.ts"
import { isSilent, judge, type Quality, type Sample, sampleOf } from "./quality.ts"
import { ring, stopRinging } from "./ring.ts"

export type Line = "off" | "connecting" | "registered" | "insecure" | "no_microphone"

const REGISTER_S = 60
const MEASURE_MS = 1000
const AGAIN_MS = 3000
const RECOVER_S = 2
const BUSY = 486

/** How the telephone stands to the exchange. */
export const line = signal<Line>("off")
/** A call comes in and is not answered. */
export const incoming = signal(false)
export const talking = signal(false)
export const quality = signal<Quality | null>(null)
/** For so long nothing has been heard from the other side. */
export const silentS = signal(0)

let wanted = false
let agent: UA | null = null
let session: RTCSession | null = null
let again = 0
let measuring = 0
/** How to answer what comes next by itself; `null`: it rings. */
let answersNext: "heard" | "unheard" | null = null
/** The microphone is open all the time, and not only while one is heard. */
let keepsOpen = true
let changing = Promise.resolve()
let goodbye = () => {}
/** What is said here is to be heard. */
export const heard = signal(true)

/** Register, and go on trying to until {@link stopPhone}. */
export async function startPhone(keepOpen: boolean): Promise<void> {
  wanted = true
  keepsOpen = keepOpen
  if (!navigator.mediaDevices) {
    line.value = "insecure"
    return
  }
  line.value = "connecting"
  let failed: Line = "no_microphone"
  try {
    if (keepsOpen) await openMicrophone()
    if (!wanted) return closeMicrophone()
    failed = "connecting"
    const account = await phoneAccount()
    if (wanted && agent === null) agent = registered(account)
  } catch {
    if (!wanted) return
    line.value = failed
    again = Number(setTimeout(() => void startPhone(keepOpen), AGAIN_MS))
  }
}

onMicrophoneLost(() => void regainMicrophone())
if (typeof navigator !== "undefined") {
  navigator.mediaDevices?.addEventListener("devicechange", () => {
    if (microphoneLost.value) void regainMicrophone()
  })
}

/**
 * Take another microphone, or the same one when it is back. Without one, the phone of whoever is in no call is off: the
 * room gives the next caller to somebody who can be heard.
 */
async function regainMicrophone(): Promise<void> {
  try {
    await changeMicrophone()
  } catch {
    microphoneLost.value = true
    if (session !== null || !wanted) return
    agent?.stop()
    agent = null
    clearTimeout(again)
    void startPhone(keepsOpen)
  }
}

export function stopPhone(): void {
  wanted = false
  clearTimeout(again)
  agent?.stop()
  agent = null
  over()
  closeMicrophone()
  line.value = "off"
}

export async function answer(): Promise<void> {
  const call = session
  if (!call?.isInProgress()) return
  try {
    const mediaStream = await voice()
    if (call.isInProgress()) call.answer({ mediaStream, pcConfig: { iceServers: [] } })
  } catch {
    call.terminate({ status_code: BUSY })
    line.value = "no_microphone"
  }
}

/** Let this be done when one of the two hangs up; a line that breaks is no goodbye. */
export function onGoodbye(run: () => void): void {
  goodbye = run
}

/** Answer what comes next by itself: whoever sits here has asked for it. */
export function answerNext(how: "heard" | "unheard" | null): void {
  answersNext = how
}

/** Let what is said here be heard from now on, or not. */
export function letBeHeard(yes: boolean): void {
  if (heard.value === yes) return
  heard.value = yes
  changing = changing.then(change, change)
}

/** One after the other: who asks twice in a moment has what was asked for last. */
async function change(): Promise<void> {
  await speakInto(await voice())
  if (!heard.value && !keepsOpen) closeMicrophone()
}

async function voice(): Promise<MediaStream> {
  return heard.value ? openMicrophone() : silentVoice()
}

async function speakInto(stream: MediaStream): Promise<void> {
  const track = stream.getAudioTracks()[0] ?? null
  for (const sender of session?.connection?.getSenders() ?? []) await sender.replaceTrack(track)
}

export function reject(): void {
  if (session?.isInProgress()) session.terminate({ status_code: BUSY })
}

export function hangUp(): void {
  if (session?.isEstablished()) session.terminate()
}

/** Let the caller's side hear a key, as a telephone would. */
export function sendDigit(digit: string): void {
  if (session?.isEstablished()) session.sendDTMF(digit, { transportType: C.DTMF_TRANSPORT.RFC2833 })
}

export function hasSession(): boolean {
  return session !== null
}

/** Speak into another microphone from now on, in mid-call too. */
export async function changeMicrophone(): Promise<void> {
  closeMicrophone()
  if (keepsOpen || (session !== null && heard.value)) await speakInto(await voice())
}

function registered(account: PhoneAccount): UA {
  const made = new UA({
    sockets: [new WebSocketInterface(sipUrl())],
    uri: `sip:${account.user}@${account.domain}`,
    password: account.password,
    register_expires: REGISTER_S,
    connection_recovery_min_interval: RECOVER_S,
    connection_recovery_max_interval: 2 * RECOVER_S,
    user_agent: "ntpd112",
  })
  made.on("registered", () => {
    if (line.value === "connecting") refresh()
    line.value = "registered"
  })
  for (const event of ["unregistered", "registrationFailed", "disconnected"] as const) {
    made.on(event, () => {
      if (agent === made) line.value = "connecting"
    })
  }
  made.on("newRTCSession", ({ session: call }: { session: RTCSession }) => came(call))
  made.start()
  return made
}

/** Let the exchange know the new way to a call that goes on: else it could neither refresh nor end it. */
function refresh(): void {
  if (session?.isEstablished()) session.renegotiate()
}

function came(call: RTCSession): void {
  if (session !== null && answersNext === null) {
    call.terminate({ status_code: BUSY })
    return
  }
  if (session !== null) session.terminate() // what was asked for takes its place
  session = call
  call.on("peerconnection", ({ peerconnection }) => {
    peerconnection.addEventListener("track", (event) => hear(event.streams[0] ?? new MediaStream([event.track])))
  })
  call.on("accepted", spoken)
  call.on("ended", ({ originator }) => {
    if (originator !== "system") goodbye()
    over()
  })
  call.on("failed", over)
  if (answersNext !== null) {
    heard.value = answersNext === "heard"
    answersNext = null
    void answer()
  } else {
    incoming.value = true
    ring()
  }
}

function spoken(): void {
  stopRinging()
  incoming.value = false
  talking.value = true
  let before: Sample | null = null
  measuring = Number(
    setInterval(async () => {
      const report = await session?.connection?.getStats()
      const now = report ? sampleOf([...report.values()]) : null
      if (now && before) {
        quality.value = judge(before, now)
        silentS.value = isSilent(before, now) ? silentS.value + MEASURE_MS / 1000 : 0
      }
      before = now
    }, MEASURE_MS),
  )
}

function over(): void {
  clearInterval(measuring)
  stopRinging()
  silence()
  session = null
  incoming.value = false
  talking.value = false
  quality.value = null
  silentS.value = 0
  heard.value = true
  if (!keepsOpen) closeMicrophone()
}

function sipUrl(): string {
  const url = new URL("api/v1/sip", location.href)
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:"
  return url.href
}
