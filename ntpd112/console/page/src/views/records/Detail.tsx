import type { ComponentChildren } from "preact"
import { t } from "../../i18n/messages.ts"
import { KeyButton } from "../KeyButton.tsx"

interface Props {
  readonly title: string
  readonly close: () => void
  readonly children: ComponentChildren
}

/** One thing whole, beside the list. */
export function Detail({ title, close, children }: Props) {
  return (
    <section class="panel detail" aria-labelledby="detail-title">
      <div class="doing">
        <h2 id="detail-title">{title}</h2>
        <KeyButton kind="small" keyName="Escape" label={t("close")} act={close} />
      </div>
      <div class="scroll" tabIndex={0} role="group" aria-labelledby="detail-title">
        {children}
      </div>
    </section>
  )
}
