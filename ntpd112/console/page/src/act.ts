/** Doing something by the server, and telling when it fails. */

import { signal } from "@preact/signals"
import { ApiError } from "./api.ts"
import { errorText, t } from "./i18n/messages.ts"
import { end } from "./store/state.ts"

const SHOWN_MS = 8000

export const notice = signal("")
let shown = 0

/** Do it; `failed` is the sentence said first when it fails. Tells whether it went well. */
export async function act(failed: "presenceFailed" | "commandFailed", what: () => Promise<void>): Promise<boolean> {
  try {
    await what()
    notice.value = ""
    return true
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.code === "signed_out") end(true)
    else tell(`${t(failed)} ${errorText(error)}`)
    return false
  }
}

export function tell(text: string): void {
  notice.value = text
  clearTimeout(shown)
  shown = Number(setTimeout(() => (notice.value = ""), SHOWN_MS))
}
