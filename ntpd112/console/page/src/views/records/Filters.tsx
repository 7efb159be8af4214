/** What is looked for. */

import type { ComponentChildren } from "preact"
import { t, wordText } from "../../i18n/messages.ts"
import type { CallFilter, IncidentFilter } from "../../records/query.ts"
import { callFilter, incidentFilter, shelf } from "../../records/store.ts"
import { operators, room } from "../../store/state.ts"

const OUTCOMES = ["answered", "abandoned", "overflowed", "transferred", "failed"] as const
const CLASSES = ["normal", "ghost", "prank", "information"] as const
const STATUSES = ["open", "closed"] as const

type Option = readonly [value: string, text: string]

export function CallFilters() {
  const filter = callFilter.value
  const set = (change: Partial<CallFilter>) => (callFilter.value = { ...callFilter.value, ...change })
  const classes: Option[] = [...CLASSES.map((one): Option => [one, t(`class_${one}`)]), ["none", t("notSaid")]]
  const people = operators.value.map((one): Option => [one.operator, `${one.name} (${one.operator})`])
  return (
    <Filters>
      <Day name="from" label={t("fromDay")} value={filter.from} set={(from) => set({ from })} />
      <Day name="to" label={t("toDay")} value={filter.to} set={(to) => set({ to })} />
      <Words name="number" label={t("number")} value={filter.number} numeric set={(number) => set({ number })} />
      {shelf.value === "calls" && (
        <Choice name="class" label={t("callClass")} value={filter.is} options={classes} set={(is) => set({ is })} />
      )}
      <TypeChoice value={filter.type} set={(type) => set({ type })} />
      <Choice
        name="outcome" label={t("outcome")} value={filter.outcome} set={(outcome) => set({ outcome })}
        options={OUTCOMES.map((one): Option => [one, wordText("outcome", one)])}
      />
      <Choice
        name="operator" label={t("operator")} value={filter.operator} options={people}
        set={(operator) => set({ operator })}
      />
    </Filters>
  )
}

export function IncidentFilters() {
  const filter = incidentFilter.value
  const set = (change: Partial<IncidentFilter>) => (incidentFilter.value = { ...incidentFilter.value, ...change })
  return (
    <Filters>
      <Day name="from" label={t("fromDay")} value={filter.from} set={(from) => set({ from })} />
      <Words name="text" label={t("words")} value={filter.text} set={(text) => set({ text })} />
      <TypeChoice value={filter.type} set={(type) => set({ type })} />
      <Choice
        name="status" label={t("status")} value={filter.status} set={(status) => set({ status })}
        options={STATUSES.map((one): Option => [one, wordText("status", one)])}
      />
    </Filters>
  )
}

function Filters({ children }: { children: ComponentChildren }) {
  return (
    <form class="filters" role="search" aria-label={t("filters")} onSubmit={(event) => event.preventDefault()}>
      {children}
    </form>
  )
}

interface Props {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly set: (value: string) => void
}

function Day({ name, label, value, set }: Props) {
  return (
    <label class="field" for={`filter-${name}`}>
      <span>{label}</span>
      <input id={`filter-${name}`} type="date" value={value} onInput={(event) => set(event.currentTarget.value)} />
    </label>
  )
}

function Words({ name, label, value, set, numeric = false }: Props & { readonly numeric?: boolean }) {
  return (
    <label class={`field ${name}`} for={`filter-${name}`}>
      <span>{label}</span>
      <input
        id={`filter-${name}`} type="search" value={value} autocomplete="off" spellcheck={false}
        maxLength={numeric ? 30 : 100} inputMode={numeric ? "tel" : "text"}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </label>
  )
}

function TypeChoice({ value, set }: Pick<Props, "value" | "set">) {
  const types = room.value.types.map((one): Option => [one.type, one.label])
  return <Choice name="type" label={t("emergencyType")} value={value} options={types} set={set} />
}

function Choice({ name, label, value, set, options }: Props & { readonly options: readonly Option[] }) {
  return (
    <label class="field" for={`filter-${name}`}>
      <span>{label}</span>
      <select id={`filter-${name}`} value={value} onChange={(event) => set(event.currentTarget.value)}>
        <option value="">{t("all")}</option>
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}
