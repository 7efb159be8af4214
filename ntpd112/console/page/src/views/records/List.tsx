/** What both lists have: a heading with the number, rows to be opened by mouse and keys, and more of them. */

import type { ComponentChildren } from "preact"
import { messages, t } from "../../i18n/messages.ts"
import type { Pages } from "../../records/pages.ts"
import { load } from "../../records/store.ts"

interface ListProps<Item> {
  readonly title: string
  readonly pages: Pages<Item>
  readonly head: ComponentChildren
  readonly row: (item: Item) => ComponentChildren
  /** Beside the heading. */
  readonly tools?: ComponentChildren
}

export function List<Item>({ title, pages, head, row, tools }: ListProps<Item>) {
  const items = pages.items.value
  return (
    <section class="panel found" aria-labelledby="found-title" aria-busy={pages.loading.value}>
      <div class="doing">
        <h2 id="found-title">{title}</h2>
        <span class="count" role="status">
          {pages.loading.value ? t("loading") : messages.value.foundSoFar(items.length, pages.more.value)}
        </span>
        {tools}
      </div>
      {pages.failed.value !== "" && <Failed why={pages.failed.value} />}
      {items.length === 0 && !pages.loading.value && pages.failed.value === "" && <p class="empty">{t("nothingFound")}</p>}
      {items.length > 0 && (
        <div class="scroll" tabIndex={0} role="group" aria-labelledby="found-title">
          <table onKeyDown={moveByKey}>
            <thead>
              <tr>{head}</tr>
            </thead>
            <tbody>{items.map(row)}</tbody>
          </table>
          {pages.more.value && (
            <button type="button" class="button more" disabled={pages.loading.value} onClick={() => void pages.next()}>
              {t("showMore")}
            </button>
          )}
        </div>
      )}
    </section>
  )
}

interface RowProps {
  readonly text: string
  readonly opened: boolean
  readonly open: () => void
  readonly children: ComponentChildren
}

/** A row; its first cell is a button for those who have no mouse. */
export function Row({ text, opened, open, children }: RowProps) {
  return (
    <tr class={opened ? "opened" : ""} onClick={open}>
      <th scope="row">
        <button type="button" class="open" aria-expanded={opened}>
          {text}
        </button>
      </th>
      {children}
    </tr>
  )
}

function Failed({ why }: { why: string }) {
  return (
    <p class="failed" role="alert">
      {why}{" "}
      <button type="button" class="button small" onClick={load}>
        {t("tryAgain")}
      </button>
    </p>
  )
}

function moveByKey(event: KeyboardEvent): void {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
  if (step === undefined || !(event.target instanceof HTMLElement) || !(event.currentTarget instanceof HTMLElement)) return
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button.open")]
  const next = buttons[buttons.indexOf(event.target) + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}
