/** The catalogue in the language that is chosen. A key that a language lacks does not compile. */

import { computed } from "@preact/signals"
import type { ApiError } from "../api.ts"
import type { Presence, Role, Stage, Third } from "../contract.ts"
import { language } from "../store/settings.ts"
import { en } from "./en.ts"
import { id } from "./id.ts"

type Said<T> = T extends (...values: infer Values) => string ? (...values: Values) => string : string

export type Messages = { readonly [Key in keyof typeof id]: Said<(typeof id)[Key]> }

const catalogues: Readonly<Record<"id" | "en", Messages>> = { id, en }

export const messages = computed(() => catalogues[language.value])

type Text = { [Key in keyof Messages]: Messages[Key] extends string ? Key : never }[keyof Messages]

export function t(key: Text): string {
  return messages.value[key]
}

export function stageText(stage: Stage): string {
  return t(`stage_${stage}`)
}

export function presenceText(presence: Presence): string {
  return t(({ available: "available", on_break: "onBreak", logged_out: "loggedOut" } as const)[presence])
}

export function roleText(role: Role): string {
  return t(({ wall: "wall", operator: "roleOperator", supervisor: "roleSupervisor", admin: "roleAdmin" } as const)[role])
}

export function languageText(code: string): string {
  return code === "id" || code === "en" ? t(`lang_${code}`) : code
}

/** Why an operator is on a break, as the city named it; `rona` is given by the exchange. */
export function reasonText(reason: string): string {
  return reason === "rona" ? t("rona") : reason
}

/** A word of the records in the page's language; one that it does not know stays as it is. */
export function wordText(kind: "outcome" | "side" | "kind" | "result" | "status", word: string): string {
  const key = `${kind}_${word}`
  return key in messages.value ? t(key as Text) : word
}

/** How far whoever else is asked has come, or why it came to nothing: with the network's number, where it gave one. */
export function thirdText(third: Third): string {
  const own = `third_${third.sip_status === 404 ? "not_found" : third.state}`
  const said = own in messages.value ? t(own as Text) : wordText("result", third.state)
  return third.sip_status > 0 ? `${said} (${third.sip_status})` : said
}

/** What an alarm is about; a kind that the page does not know says its own word. */
export function alarmText(kind: string): string {
  const key = `alarm_${kind}`
  return key in messages.value ? t(key as Text) : kind.replaceAll("_", " ")
}

export function errorText(error: ApiError): string {
  const key = `err_${error.code}`
  const known = key in messages.value ? t(key as Text) : [error.message, error.cure].filter(Boolean).join(" ")
  const text = known || t("err_server_failed")
  return error.waitS > 0 ? `${text} ${messages.value.waitSeconds(Math.ceil(error.waitS))}` : text
}
