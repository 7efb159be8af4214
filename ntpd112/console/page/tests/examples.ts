import type { Call, Operator } from "../src/contract.ts"

export function call(callId: string, more: Partial<Call> = {}): Call {
  return {
    call_id: callId,
    trunk: "landline",
    trunk_kind: "landline",
    ani: "+62215551234",
    ddi: "112",
    state: "waiting",
    type: null,
    priority: 3,
    turn: 1,
    language: "id",
    arrived_at: 0,
    queued_at: null,
    connected_at: null,
    ringing: [],
    speaks_with: [],
    incident_id: null,
    digits: "",
    answers: "",
    location: "",
    unconfirmed: [],
    third: null,
    ...more,
  }
}

export function operator(number: string, more: Partial<Operator> = {}): Operator {
  return {
    operator: number,
    name: "Sari",
    presence: "available",
    reason: "",
    phone: "free",
    activity: "idle",
    calls: 0,
    call_id: "",
    until: null,
    muted: false,
    listens_to: "",
    listening: null,
    ...more,
  }
}
