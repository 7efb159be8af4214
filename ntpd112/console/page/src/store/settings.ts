/** Choices of this browser: they outlive the session. */

import { signal } from "@preact/signals"
import type { Language } from "../contract.ts"

export type Theme = "auto" | "light" | "dark"

const NAMES = { language: "ntpd112.language", theme: "ntpd112.theme", keys: "ntpd112.keys" } as const

export const theme = signal<Theme>(oneOf(read("theme"), ["auto", "light", "dark"], "auto"))
export const language = signal<Language>(oneOf(read("language"), ["id", "en"], "id"))
export const keysOn = signal(read("keys") !== "off")

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
