/** The incident's form: saved as it is typed. */

import { useEffect } from "preact/hooks"
import { act } from "../act.ts"
import { setType } from "../api.ts"
import type { FormField } from "../contract.ts"
import { inLanguage } from "../i18n/city.ts"
import { t } from "../i18n/messages.ts"
import { useText } from "../keys.ts"
import { language } from "../store/settings.ts"
import { call, room } from "../store/state.ts"
import { typedAhead } from "../work/ahead.ts"
import { AFTER, BEFORE, choices, type EveryForms, further, YES_NO } from "../work/form.ts"
import { fields, incident, saved, type, work } from "../work/work.ts"
import { Icon } from "./Icon.tsx"

const ADDRESS = "field-address"
const ROWS: Readonly<Record<EveryForms, number>> = {
  address: 2, landmark: 1, district: 1, what: 2, hurt: 1, dangers: 1, notes: 3,
}

type Option = readonly [value: string, label: string]

interface Props {
  readonly name: string
  readonly label: string
}

/** The field in which something was written last. */
let latest = ADDRESS

/** Put the cursor where it was in the form, behind what is there. */
export function backToForm(): void {
  const field = document.getElementById(latest) ?? document.getElementById(ADDRESS)
  field?.focus()
  if (field instanceof HTMLTextAreaElement) field.setSelectionRange(field.value.length, field.value.length)
}

interface FormProps {
  /** The incident of the call that is spoken in: the cursor goes to its address as soon as it is shown. */
  readonly spoken?: string | null
  /** Letters that are typed into nothing are written here. */
  readonly takesText?: boolean
}

export function Form({ spoken = null, takesText = false }: FormProps) {
  useText(backToForm, takesText)
  useEffect(() => {
    if (spoken === null) return
    latest = ADDRESS
    const ahead = typedAhead()
    if (ahead) type("address", (fields.value.get("address") ?? "") + ahead)
    backToForm()
  }, [spoken])
  const more = further(room.value.types, incident.value?.type ?? call.value?.type ?? null, fields.value)
  return (
    <form
      class="form" onSubmit={(event) => event.preventDefault()}
      onFocusIn={(event) => (latest = event.target instanceof HTMLElement ? event.target.id : latest)}
    >
      <Type />
      {BEFORE.map((name) => (
        <Every key={name} name={name} />
      ))}
      {more.fields.map((field) => (
        <Further key={field.name} field={field} />
      ))}
      {AFTER.map((name) => (
        <Every key={name} name={name} />
      ))}
      {more.gone.map((name) => (
        <Text key={name} name={name} label={name} readOnly />
      ))}
      <SavedState />
    </form>
  )
}

function Every({ name }: { name: EveryForms }) {
  const label = t(`field_${name}`)
  const districts = room.value.districts
  return name === "district" && districts.length > 0 ? (
    <Choice name={name} label={label} options={districts.map((district) => [district, district])} />
  ) : (
    <Text name={name} label={label} rows={ROWS[name]} />
  )
}

function Further({ field }: { field: FormField }) {
  const said = (texts: FormField["label"], otherwise: string) => inLanguage(texts, language.value) ?? otherwise
  const label = said(field.label, field.name)
  if (field.kind === "text" || field.kind === "number") {
    return <Text name={field.name} label={label} inputMode={field.kind === "number" ? "numeric" : "text"} />
  }
  const options: Option[] =
    field.kind === "yes_no"
      ? YES_NO.map((answer) => [answer, t(answer)])
      : Object.entries(field.options).map(([value, texts]) => [value, said(texts, value)])
  return <Choice name={field.name} label={label} options={options} />
}

interface TextProps extends Props {
  readonly rows?: number
  readonly inputMode?: "numeric" | "text"
  readonly readOnly?: boolean
}

function Text({ name, label, rows = 1, inputMode = "text", readOnly = false }: TextProps) {
  const id = `field-${name}`
  return (
    <label class={`field ${name}`} for={id}>
      <span>{label}</span>
      <textarea
        id={id} rows={rows} maxLength={4000} autocomplete="off" spellcheck={false} inputMode={inputMode}
        readOnly={readOnly} value={fields.value.get(name) ?? ""}
        onInput={(event) => type(name, event.currentTarget.value)}
        onKeyDown={leave}
      />
    </label>
  )
}

function Choice({ name, label, options }: Props & { readonly options: readonly Option[] }) {
  const id = `field-${name}`
  const chosen = fields.value.get(name) ?? ""
  return (
    <label class={`field ${name}`} for={id}>
      <span>{label}</span>
      <select id={id} value={chosen} onChange={(event) => type(name, event.currentTarget.value)} onKeyDown={leave}>
        {choices(options, chosen).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

function leave(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  if (event.key === "Escape") event.currentTarget.blur()
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
