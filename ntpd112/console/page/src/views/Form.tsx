/** The incident's form: saved as it is typed. */

import { act } from "../act.ts"
import { setType } from "../api.ts"
import { t } from "../i18n/messages.ts"
import { useKey } from "../keys.ts"
import { room } from "../store/state.ts"
import { fields, incident, saved, type, work } from "../work/work.ts"
import { Icon } from "./Icon.tsx"

const NAMES = ["address", "landmark", "district", "what", "hurt", "dangers", "notes"] as const
type Name = (typeof NAMES)[number]
const ROWS: Readonly<Record<Name, number>> = {
  address: 2, landmark: 1, district: 1, what: 2, hurt: 1, dangers: 1, notes: 3,
}

export function Form() {
  useKey("F", () => document.getElementById("field-address")?.focus())
  return (
    <form class="form" onSubmit={(event) => event.preventDefault()}>
      <Type />
      {NAMES.map((name) => (
        <Field key={name} name={name} />
      ))}
      <SavedState />
    </form>
  )
}

function Field({ name }: { name: Name }) {
  const id = `field-${name}`
  return (
    <label class={`field ${name}`} for={id}>
      <span>{t(`field_${name}`)}</span>
      <textarea
        id={id} rows={ROWS[name]} maxLength={4000} autocomplete="off" spellcheck={false}
        value={fields.value.get(name) ?? ""}
        onInput={(event) => type(name, event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
    </label>
  )
}

function Type() {
  const current = incident.value
  const choose = (value: string) => {
    const at = work.value
    if (at && value) void act("commandFailed", () => setType(at.incident, value)).then(() => keepType(value))
  }
  return (
    <label class="field type" for="field-type">
      <span>{t("emergencyType")}</span>
      <select id="field-type" value={current?.type ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{t("noType")}</option>
        {room.value.types.map((one) => (
          <option key={one.type} value={one.type}>
            {one.label}
          </option>
        ))}
      </select>
    </label>
  )
}

function keepType(chosen: string): void {
  if (incident.value) incident.value = { ...incident.value, type: chosen }
}

function SavedState() {
  const state = saved.value
  return (
    <p class={`saved ${state}`} role="status">
      <Icon name={state === "saved" ? "check" : state === "saving" ? "clock" : "warning"} /> {t(`form_${state}`)}
    </p>
  )
}
