/** Choices of one of a few, as radio buttons in a row. */

import type { Language } from "../contract.ts"
import { t } from "../i18n/messages.ts"
import {
  chooseKeys, chooseLanguage, choosePhone, chooseTheme, keysOn, language, phoneOn, theme, type Theme,
} from "../store/settings.ts"

interface Props<T extends string> {
  readonly legend: string
  readonly name: string
  readonly chosen: T
  readonly options: readonly (readonly [T, string])[]
  readonly choose: (value: T) => void
}

function Choice<T extends string>({ legend, name, chosen, options, choose }: Props<T>) {
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      <div class="options">
        {options.map(([value, text]) => (
          <label key={value}>
            <input type="radio" name={name} checked={value === chosen} onChange={() => choose(value)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

export function PhoneChoice() {
  const options: ["on" | "off", string][] = [
    ["on", t("phoneHere")],
    ["off", t("phoneElsewhere")],
  ]
  const choose = (value: string) => choosePhone(value === "on")
  return <Choice legend={t("phoneWhere")} name="phone" chosen={phoneOn.value ? "on" : "off"} options={options} choose={choose} />
}

export function LanguageChoice() {
  const options: [Language, string][] = [
    ["id", "Indonesia"],
    ["en", "English"],
  ]
  return <Choice legend={t("language")} name="language" chosen={language.value} options={options} choose={chooseLanguage} />
}

export function ThemeChoice() {
  const options: [Theme, string][] = [
    ["auto", t("themeAuto")],
    ["light", t("themeLight")],
    ["dark", t("themeDark")],
  ]
  return <Choice legend={t("theme")} name="theme" chosen={theme.value} options={options} choose={chooseTheme} />
}

/** The wall is dark unless somebody wants it light. */
export function WallThemeChoice() {
  const options: ["dark" | "light", string][] = [
    ["dark", t("themeDark")],
    ["light", t("themeLight")],
  ]
  const chosen = theme.value === "light" ? "light" : "dark"
  return <Choice legend={t("theme")} name="theme" chosen={chosen} options={options} choose={chooseTheme} />
}

export function KeysChoice() {
  const options: ["on" | "off", string][] = [
    ["on", t("on")],
    ["off", t("off")],
  ]
  const chosen = keysOn.value ? "on" : "off"
  const choose = (value: string) => chooseKeys(value === "on")
  return <Choice legend={t("shortcuts")} name="keys" chosen={chosen} options={options} choose={choose} />
}
