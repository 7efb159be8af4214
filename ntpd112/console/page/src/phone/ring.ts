/** The sound of a call that comes in: two tones, twice a second, made here so that no file can be missing. */

import { play } from "./audio.ts"

const RATE = 16_000
const TONES_HZ = [660, 880, 660, 880, 0, 0, 0, 0] as const
const EACH_S = 0.25
const LOUDNESS = 0.6

let bell: HTMLAudioElement | null = null

export function ring(): void {
  bell ??= made()
  bell.loop = true
  void play(bell, "ringer")
}

export function stopRinging(): void {
  bell?.pause()
}

/** Ring once, to try the device. */
export function tryRing(): void {
  bell ??= made()
  bell.loop = false
  bell.currentTime = 0
  void play(bell, "ringer")
}

function made(): HTMLAudioElement {
  return sound(waveFile(TONES_HZ, EACH_S))
}

export function sound(file: ArrayBuffer): HTMLAudioElement {
  const element = document.createElement("audio")
  element.src = URL.createObjectURL(new Blob([file], { type: "audio/wav" }))
  return element
}

/** Tones one after the other, each `eachS` seconds long; 0 Hz is silence. A WAV file of 16 bit mono: 44 bytes of header. */
export function waveFile(tonesHz: readonly number[], eachS: number): ArrayBuffer {
  const each = Math.round(RATE * eachS)
  const wave = new Int16Array(each * tonesHz.length)
  for (let i = 0; i < wave.length; i++) {
    const tone = tonesHz[Math.floor(i / each)] ?? 0
    wave[i] = Math.sin((2 * Math.PI * tone * i) / RATE) * LOUDNESS * 0x7fff
  }
  return headed(wave)
}

function headed(wave: Int16Array): ArrayBuffer {
  const file = new ArrayBuffer(44 + wave.byteLength)
  const view = new DataView(file)
  const text = (at: number, word: string) => [...word].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)))
  text(0, "RIFF")
  view.setUint32(4, 36 + wave.byteLength, true)
  text(8, "WAVEfmt ")
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, RATE, true)
  view.setUint32(28, RATE * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  text(36, "data")
  view.setUint32(40, wave.byteLength, true)
  wave.forEach((sample, i) => view.setInt16(44 + 2 * i, sample, true))
  return file
}
