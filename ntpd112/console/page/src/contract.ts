/** What the server says and is told: the JSON of `/api/v1`, as types. Times are seconds since 1970, by the server's clock. */

export type Role = "wall" | "operator" | "supervisor" | "admin"
export type Language = "id" | "en"
export type Presence = "available" | "on_break" | "logged_out"
export type Phone = "free" | "in_use" | "ringing" | "unreachable"
export type Activity = "idle" | "ringing" | "talking" | "wrap_up"
export type CommandName = "hold" | "mute" | "blind" | "warm" | "conference" | "complete" | "cancel" | "take_up" | "end"

export type Listening = "listen" | "whisper" | "barge" | "take_over"

export type Stage =
  | "arriving"
  | "greeting"
  | "menu"
  | "waiting"
  | "ringing"
  | "talking"
  | "on_hold"
  | "consulting"
  | "conference"
  | "transferring"
  | "leaving"
  | "ended"

export interface Session {
  readonly name: string
  readonly full_name: string
  readonly role: Role
  readonly operator: string | null
  readonly language: Language
}

export interface Call {
  readonly call_id: string
  readonly trunk: string
  readonly trunk_kind: string
  readonly ani: string
  readonly ddi: string
  readonly state: Stage
  readonly type: string | null
  readonly priority: number
  readonly turn: number
  readonly language: string
  readonly arrived_at: number
  readonly queued_at: number | null
  readonly connected_at: number | null
  readonly ringing: readonly string[]
  readonly speaks_with: readonly string[]
  readonly incident_id: string | null
  /** Keys that the caller has pressed, the menu's included. */
  readonly digits: string
  /** The last of the keys that were pressed while a human was there. */
  readonly answers: string
  /** Where the caller is, in the network's words: SIP headers, one a line. */
  readonly location: string
  /** Numbers outside that were answered, while nobody has pressed the key that takes the call. */
  readonly unconfirmed: readonly string[]
  /** Whom the operator asks, or has sent the caller to: how far that is, or why it came to nothing. */
  readonly third: Third | null
  /** From whom no sound comes, by extension or destination; the empty text stands for the caller. */
  readonly unheard?: readonly string[]
}

export interface Third {
  readonly party: string
  /** `calling`, `rings`, `speaks`, `unconfirmed`, or the result of the ring, as on the record. */
  readonly state: string
  readonly sip_status: number
}

export interface Operator {
  readonly operator: string
  readonly name: string
  readonly presence: Presence
  readonly reason: string
  readonly phone: Phone
  readonly activity: Activity
  readonly calls: number
  readonly call_id: string
  readonly until: number | null
  readonly muted: boolean
  /** Whose call this supervisor listens to, and how. */
  readonly listens_to: string
  readonly listening: Listening | null
  /** What the phone does by its own keys: it forwards its calls, asked for a transfer, or holds; the first two are refused. */
  readonly phone_does?: "" | "forwards" | "transfers" | "holds"
  /** Since when presence and activity are what they are; shown when the server tells it. */
  readonly since?: number | null
}

/** Language -> text. */
export type Texts = Readonly<Record<string, string>>

/** A further field of the form; `options`: of a choice, by what is saved. */
export interface FormField {
  readonly name: string
  readonly label: Texts
  readonly kind: "text" | "number" | "yes_no" | "choice"
  readonly options: Readonly<Record<string, Texts>>
}

export interface EmergencyType {
  readonly type: string
  readonly label: string
  readonly form: readonly FormField[]
  /** By language; empty: the page has its own. */
  readonly questions: Readonly<Record<string, readonly string[]>>
  /** The destination that is usually asked first; empty: none. */
  readonly agency: string
}

export interface Destination {
  readonly destination: string
  readonly name: string
}

export interface Numbered {
  readonly is: string
  readonly seq: number
  readonly now: number
}

export interface Snapshot extends Numbered {
  readonly is: "snapshot"
  readonly serves: boolean
  readonly city: string
  readonly districts: readonly string[]
  /** Of trunks that have one. */
  readonly areas: Texts
  readonly types: readonly EmergencyType[]
  readonly breaks: readonly string[]
  readonly destinations: readonly Destination[]
  readonly calls: readonly Call[]
  readonly operators: readonly Operator[]
  readonly alarms_known: boolean
  readonly alarms: readonly Alarm[]
}

export interface Changed extends Numbered {
  readonly is: "changed"
  readonly calls: readonly Call[]
  readonly gone: readonly string[]
  readonly operators: readonly Operator[]
  readonly left: readonly string[]
}

export type Severity = "high" | "warning" | "note"

export interface Alarm {
  readonly alarm: string
  readonly kind: string
  readonly severity: Severity
  /** In English, with the cure; empty for operators. */
  readonly text: string
  readonly operator: string
  readonly call: string
  readonly since: number
  readonly latest: number
  readonly count: number
  /** When it was over; `null`: it may go on. */
  readonly ended_at: number | null
  /** Who has acknowledged it; empty: nobody, or it has come again since. */
  readonly seen_by: string
}

/** All alarms; `known`: the controller tells of them just now. */
export interface Alarms extends Numbered {
  readonly is: "alarms"
  readonly known: boolean
  readonly alarms: readonly Alarm[]
}

export interface Serving extends Numbered {
  readonly is: "serving"
  readonly serves: boolean
}

export type LiveMessage = Snapshot | Changed | Alarms | Serving

export type CallClass = "normal" | "ghost" | "prank" | "information"
export type Disposition = "forwarded" | "resolved" | "known" | "nothing"

export interface Incident {
  readonly incident: string
  readonly type: string | null
  readonly status: "open" | "closed"
  readonly opened_at: number
  readonly closed_at: number | null
  readonly operator: string | null
  readonly fields: Readonly<Record<string, string>>
  readonly notes: readonly { readonly at: number; readonly by: string; readonly text: string }[]
  readonly calls: readonly { readonly call: string; readonly call_class: CallClass | null }[]
  /** The records can be read; without them, only what was said lately is there. */
  readonly complete: boolean
}

export type Side = "caller" | "operator" | "network" | "us"

export interface Ending {
  readonly ended_at: number
  readonly side: Side
  readonly outcome: string
}

export interface PastCall {
  readonly call: string
  readonly arrived_at: number
  readonly outcome: string
  readonly type: string | null
  readonly operator: string | null
  readonly incident: string | null
  readonly call_class: CallClass | null
  readonly number: string
  readonly connected_at: number | null
  readonly ended_at: number
  readonly side: Side
}

export interface CallerKnown {
  readonly calls: readonly PastCall[]
  readonly incidents: readonly { readonly incident: string; readonly type: string | null; readonly opened_at: number }[]
  readonly mark: { readonly mark: string; readonly until: number; readonly by: string } | null
}

export interface WallOperators {
  readonly free: number
  readonly ringing: number
  readonly talking: number
  readonly notes: number
  readonly on_break: number
  readonly logged_out: number
  readonly unreachable: number
}

/** `percent` of the calls are to be answered within `within_s`; `from_…` of `of_…` were, by either clock. */
export interface WallGoal {
  readonly within_s: number
  readonly percent: number
  readonly from_invite: number
  readonly from_queue: number
  readonly of_invite: number
  readonly of_queue: number
}

export interface WallType {
  readonly type: string | null
  readonly label: string
  readonly calls: number
}

export interface WallHour {
  readonly hour: number
  readonly arrived: number
  readonly answered: number
}

export interface WallIncident {
  readonly at: number
  readonly type: string | null
  readonly label: string
  readonly district: string | null
}

export interface WallAlarm {
  readonly kind: string
  readonly severity: Severity
  readonly since: number
  readonly count: number
}

export interface WallToday {
  readonly begins_at: number
  readonly arrived: number
  readonly answered: number
  readonly abandoned: number
  readonly goals: readonly WallGoal[]
  readonly types: readonly WallType[]
  readonly hours: readonly WallHour[]
}

/** Everything on the wall. */
export interface WallTold extends Numbered {
  readonly is: "snapshot"
  readonly serves: boolean
  readonly records_read: boolean
  readonly city: string
  readonly timezone: string
  readonly waiting: number
  readonly waiting_since: number | null
  readonly operators: WallOperators
  readonly today: WallToday
  readonly incidents: readonly WallIncident[]
  /** Those that go on and that nobody has acknowledged. */
  readonly alarms: readonly WallAlarm[]
  readonly alarms_known: boolean
}

export interface PhoneAccount {
  readonly user: string
  readonly password: string
  readonly domain: string
}

export interface Refusal {
  readonly error: string
  readonly message: string
  readonly cure: string
}
