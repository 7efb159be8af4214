/** Requests to the server. A refused one throws {@link ApiError}; one without an answer in time does too. */

import type {
  CallClass, CallerKnown, CommandName, Disposition, Ending, Incident, Language, Listening, PastCall, PhoneAccount, Presence, Refusal, Role,
  Session,
} from "./contract.ts"

const BASE = "api/v1"
const TIMEOUT_MS = 8000

export class ApiError extends Error {
  readonly code: string
  readonly cure: string
  /** How long the server asks to wait before the next try, in seconds; 0 when it does not. */
  readonly waitS: number

  constructor(code: string, message = "", cure = "", waitS = 0) {
    super(message)
    this.code = code
    this.cure = cure
    this.waitS = waitS
  }
}

export async function currentSession(): Promise<Session | null> {
  try {
    return readSession(await ask("GET", "session"))
  } catch (error) {
    if (error instanceof ApiError && error.code === "signed_out") return null
    throw error
  }
}

export async function signIn(name: string, password: string): Promise<Session> {
  return readSession(await ask("POST", "session", { name, password }))
}

export async function signOut(): Promise<void> {
  await ask("DELETE", "session", {})
}

export async function changePassword(old: string, next: string): Promise<void> {
  await ask("PUT", "session/password", { old, new: next })
}

export async function setPresence(presence: Presence, reason = ""): Promise<void> {
  await ask("PUT", "presence", { presence, reason })
}

export async function setPresenceOf(operator: string, presence: Presence, reason = ""): Promise<void> {
  await ask("PUT", `operators/${encodeURIComponent(operator)}/presence`, { presence, reason })
}

export async function command(name: CommandName, target = ""): Promise<void> {
  await ask("POST", "command", { command: name, target })
}

export async function listen(operator: string, mode: Listening): Promise<void> {
  await ask("POST", `operators/${encodeURIComponent(operator)}/listen`, { mode })
}

export async function stopListening(): Promise<void> {
  await ask("DELETE", "listening")
}

export async function commandOf(operator: string, name: CommandName, target: string): Promise<void> {
  await ask("POST", `operators/${encodeURIComponent(operator)}/command`, { command: name, target })
}

export async function incidentOf(incident: string): Promise<Incident> {
  return (await ask("GET", `incidents/${encodeURIComponent(incident)}`)) as Incident
}

export async function setField(incident: string, field: string, text: string): Promise<void> {
  await ask("PUT", `incidents/${encodeURIComponent(incident)}/fields`, { field, text })
}

export async function setType(incident: string, type: string): Promise<void> {
  await ask("PUT", `incidents/${encodeURIComponent(incident)}/type`, { type })
}

export async function setStatus(incident: string, status: Incident["status"]): Promise<void> {
  await ask("PUT", `incidents/${encodeURIComponent(incident)}/status`, { status })
}

/** `key`: the same for each try to send the same note. */
export async function addNote(incident: string, text: string, key: string): Promise<void> {
  await ask("POST", `incidents/${encodeURIComponent(incident)}/notes`, { text, key })
}

export async function linkCall(incident: string, call: string): Promise<void> {
  await ask("POST", `incidents/${encodeURIComponent(incident)}/calls`, { call })
}

export async function classify(incident: string, call: string, is: CallClass, disposition: Disposition): Promise<void> {
  await ask("PUT", `incidents/${encodeURIComponent(incident)}/class`, { call, call_class: is, disposition })
}

export async function callerOf(call: string): Promise<CallerKnown> {
  return (await ask("GET", `calls/${encodeURIComponent(call)}/caller`)) as CallerKnown
}

export async function seeAlarm(alarm: string): Promise<void> {
  await ask("PUT", `alarms/${encodeURIComponent(alarm)}/seen`, {})
}

export async function endingOf(call: string): Promise<Ending> {
  return (await ask("GET", `calls/${encodeURIComponent(call)}/ending`)) as Ending
}

export async function markCaller(call: string, mark: string, days: number): Promise<void> {
  await ask("PUT", `calls/${encodeURIComponent(call)}/mark`, { mark, days })
}

export async function unfinished(): Promise<{ readonly calls: readonly PastCall[] }> {
  return (await ask("GET", "unfinished")) as { readonly calls: readonly PastCall[] }
}

export async function phoneAccount(): Promise<PhoneAccount> {
  return (await ask("GET", "phone")) as PhoneAccount
}

export async function ask(method: string, path: string, body?: object): Promise<unknown> {
  let answer: Response
  try {
    answer = await fetch(`${BASE}/${path}`, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    })
  } catch {
    throw new ApiError("no_answer")
  }
  if (!answer.ok) throw await refusal(answer)
  return answer.status === 204 ? null : answer.json()
}

async function refusal(answer: Response): Promise<ApiError> {
  const waitS = Number(answer.headers.get("Retry-After") ?? 0) || 0
  const said: Partial<Refusal> = await answer.json().catch(() => ({}))
  return new ApiError(said.error ?? codeOf(answer.status), said.message, said.cure, waitS)
}

function codeOf(status: number): string {
  if (status === 401) return "signed_out"
  if (status === 403) return "forbidden"
  if (status === 404) return "not_found"
  if (status === 429) return "too_many_tries"
  return status === 503 ? "controller_away" : "server_failed"
}

function readSession(said: unknown): Session {
  const { name, full_name, role, operator, language } = said as Record<string, unknown>
  if (typeof name !== "string") throw new ApiError("server_failed")
  return {
    name,
    full_name: typeof full_name === "string" ? full_name : name,
    role: isRole(role) ? role : "operator",
    operator: typeof operator === "string" ? operator : null,
    language: language === "en" ? "en" : ("id" satisfies Language),
  }
}

function isRole(value: unknown): value is Role {
  return value === "wall" || value === "operator" || value === "supervisor" || value === "admin"
}
