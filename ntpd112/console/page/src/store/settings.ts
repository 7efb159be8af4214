/** Choices of this browser: they outlive the session. */

import { signal } from "@preact/signals"
import type { Language } from "../contract.ts"

/** What a sound device is for; each may be another one. */
export type Purpose = "microphone" | "speaker" | "ringer"
export type Theme = "auto" | "light" | "dark"

const NAMES = { language: "ntpd112.language", theme: "ntpd112.theme", keys: "ntpd112.keys", phone: "ntpd112.phone",
  microphone: "ntpd112.microphone", speaker: "ntpd112.speaker", ringer: "ntpd112.ringer",
} as const

export const theme = signal<Theme>(oneOf(read("theme"), ["auto", "light", "dark"], "auto"))
export const language = signal<Language>(oneOf(read("language"), ["id", "en"], "id"))
export const keysOn = signal(read("keys") !== "off")

/** Calls ring in this page, and not at another telephone of the same operator. */
export const phoneOn = signal(read("phone") !== "off")

export function choosePhone(on: boolean): void {
  phoneOn.value = on
  write("phone", on ? "on" : "off")
}

/** The device that was chosen for this; empty: the usual one. */
export function chosenDevice(purpose: Purpose): string {
  return read(purpose) ?? ""
}

export function chooseDevice(purpose: Purpose, device: string): void {
  write(purpose, device)
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen
  write("theme", chosen)
}

export function chooseLanguage(chosen: Language): void {
  language.value = chosen
  write("language", chosen)
}

export function chooseKeys(on: boolean): void {
  keysOn.value = on
  write("keys", on ? "on" : "off")
}

/** An account's language counts until somebody has chosen another one in this browser. */
export function followAccount(accounts: Language): void {
  if (read("language") === null) language.value = accounts
}

function oneOf<T extends string>(value: string | null, allowed: readonly T[], otherwise: T): T {
  return allowed.find((known) => known === value) ?? otherwise
}

function read(name: keyof typeof NAMES): string | null {
  try {
    return localStorage.getItem(NAMES[name])
  } catch {
    return null
  }
}

function write(name: keyof typeof NAMES, value: string): void {
  try {
    localStorage.setItem(NAMES[name], value)
  } catch {
    // A browser that keeps nothing forgets the choice with the page.
  }
}
