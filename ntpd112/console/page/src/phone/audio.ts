/**
 * Microphone and loudspeaker. An operator's microphone stays open for as long as the telephone is on: to answer takes
 * no time.
 */

import { signal } from "@preact/signals"
import { chosenDevice } from "../store/settings.ts"

/** The browser plays nothing before somebody has pressed something. */
export const needsPress = signal(false)

let stream: MediaStream | null = null
let voice: HTMLAudioElement | null = null

/** Nothing comes from the microphone any more: it was pulled out, or the machine has taken it away. */
export const microphoneLost = signal(false)
let whenLost = () => {}

/** Let this be done when the microphone is lost; {@link openMicrophone} gives another one then. */
export function onMicrophoneLost(run: () => void): void {
  whenLost = run
}

export async function openMicrophone(): Promise<MediaStream> {
  if (stream?.active) return stream
  const deviceId = chosenDevice("microphone")
  const audio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
  stream = await navigator.mediaDevices.getUserMedia({ audio: { ...audio, ...(deviceId && { deviceId }) } })
  watch(stream)
  return stream
}

function watch(opened: MediaStream): void {
  const track = opened.getAudioTracks()[0]
  if (!track) return
  microphoneLost.value = track.muted
  track.addEventListener("ended", () => {
    if (stream !== opened) return
    microphoneLost.value = true
    whenLost()
  })
  for (const event of ["mute", "unmute"] as const) {
    track.addEventListener(event, () => {
      if (stream === opened) microphoneLost.value = track.muted || track.readyState === "ended"
    })
  }
}

export function microphone(): MediaStream | null {
  return stream
}

let nothing: MediaStream | null = null

/** A voice that says nothing: who only listens needs no microphone, and it is not opened. */
export function silentVoice(): MediaStream {
  nothing ??= new AudioContext().createMediaStreamDestination().stream
  return nothing
}

export function closeMicrophone(): void {
  for (const track of stream?.getTracks() ?? []) track.stop()
  stream = null
  microphoneLost.value = false
}

export function hear(incoming: MediaStream): void {
  voice ??= document.createElement("audio")
  voice.srcObject = incoming
  void play(voice, "speaker")
}

export function silence(): void {
  if (voice) voice.srcObject = null
}

/** Play on the device that was chosen for this; on the usual one when that is not there. */
export async function play(element: HTMLAudioElement, purpose: "speaker" | "ringer"): Promise<void> {
  try {
    await element.setSinkId?.(chosenDevice(purpose))
  } catch {
    await element.setSinkId?.("")
  }
  try {
    await element.play()
    needsPress.value = false
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotAllowedError") needsPress.value = true
  }
}

/** Play what could not be played: somebody has pressed something now. */
export function playNow(): void {
  needsPress.value = false
  if (voice?.srcObject) void play(voice, "speaker")
}
