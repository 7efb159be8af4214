import { messages, t } from "../i18n/messages.ts"
import { page, pages, type Page } from "../pages.ts"
import { ownExtension, rings, room, self, session } from "../store/state.ts"
import { AlarmBell } from "./Alarms.tsx"
import { Banner } from "./Banner.tsx"
import { Icon } from "./Icon.tsx"
import { Settings } from "./Settings.tsx"

export function Header() {
  return (
    <header class="head">
      <h1>
        <span class="badge">112</span> {room.value.city}
      </h1>
      {pages.value.length > 1 && (
        <nav aria-label={t("sections")}>
          {pages.value.map((each) => (
            <a key={each} href={`#${each}`} aria-current={each === page.value ? "page" : undefined}>
              {title(each)}{" "}
              {each === "desk" && rings.value && (
                <strong class="rings">
                  <Icon name="ring" /> {t("ringing")}
                </strong>
              )}
            </a>
          ))}
        </nav>
      )}
      <Banner />
      <AlarmBell />
      <Who />
      <Settings />
    </header>
  )
}

export function title(of: Page): string {
  return t(of)
}

function Who() {
  const current = session.value
  if (!current || current === "unknown") return null
  const extension = ownExtension.value
  return (
    <p class="who">
      <strong>{self.value?.name ?? current.full_name}</strong>
      <span class="quiet">{extension === null ? t("noExtension") : messages.value.extension(extension)}</span>
    </p>
  )
}
