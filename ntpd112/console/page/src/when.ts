/** Instants as clocks and calendars of a city show them. Seconds since 1970; `zone`: as in `Asia/Jakarta`. */

import type { Language } from "./contract.ts"

const LOCALES: Readonly<Record<Language, string>> = { id: "id-ID", en: "en-GB" }
const DAY: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long", year: "numeric" }
const SHORT_DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" }
const MINUTE: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }

const formats = new Map<string, Intl.DateTimeFormat>()

export function clockTime(at: number, zone: string, language: Language): string {
  return format(at, zone, LOCALES[language], { ...MINUTE, second: "2-digit" })
}

export function calendarDay(at: number, zone: string, language: Language): string {
  return format(at, zone, LOCALES[language], DAY)
}

/** What people call the city's time, such as WIB; only Indonesian knows these names. */
export function zoneName(at: number, zone: string): string {
  const parts = formatOf(zone, LOCALES.id, { timeZoneName: "short" }).formatToParts(at * 1000)
  return parts.find((part) => part.type === "timeZoneName")?.value ?? ""
}

/** The time of day, with the day before it when that is not today. */
export function whenItWas(at: number, now: number, zone: string, language: Language): string {
  const locale = LOCALES[language]
  const time = format(at, zone, locale, MINUTE)
  const isToday = format(at, zone, locale, DAY) === format(now, zone, locale, DAY)
  return isToday ? time : `${format(at, zone, locale, SHORT_DAY)} ${time}`
}

export function number(value: number, language: Language, digits = 0): string {
  return value.toLocaleString(LOCALES[language], { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** One digit behind the point, except where it says nothing. */
export function percent(value: number, language: Language): string {
  return `${number(value, language, value === 100 || value === 0 ? 0 : 1)}%`
}

function format(at: number, zone: string, locale: string, options: Intl.DateTimeFormatOptions): string {
  return formatOf(zone, locale, options).format(at * 1000)
}

function formatOf(zone: string, locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${locale} ${Object.entries(options).join()}`
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone: zone })
  formats.set(key, known)
  return known
}
