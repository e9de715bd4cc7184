import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const petrol: MantineColorsTuple = [
  "#e8f5f9", "#d3e8ef", "#a8d1df", "#79b8ce", "#54a3bf", "#3b95b6", "#2b85a6", "#176b89", "#0f5a75", "#084a61",
];

const dark: MantineColorsTuple = [
  "#dfe4ea", "#c2c9d2", "#a0aab6", "#8f9aa8", "#39434e", "#2c353f", "#222930", "#1a2027", "#12161b", "#0c0f13",
];

/** Arial before system-ui: on Linux the latter is often a wide font that breaks tables. */
const sans = '-apple-system, BlinkMacSystemFont, "Segoe UI", Inter, Roboto, "Helvetica Neue", Arial, system-ui, sans-serif';

export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: 7,
  colors: { petrol, dark },
  fontFamily: sans,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontFamily: sans, fontWeight: "650" },
  defaultRadius: "md",
  cursorType: "pointer",
});

/** Mantine's own dimmed, error and placeholder colours miss the contrast that WCAG AA asks for; these meet it. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-text": "#1b232b",
    "--mantine-color-dimmed": "#586472",
    "--mantine-color-placeholder": "#66717e",
    "--mantine-color-error": "#b3262e",
    "--mantine-color-anchor": "#0f5a75",
    "--mantine-color-default-border": "#d5dbe1",
  },
  dark: {
    "--mantine-color-dimmed": "#a0aab6",
    "--mantine-color-placeholder": "#8f9aa8",
    "--mantine-color-error": "#ff9f9f",
    "--mantine-color-anchor": "#79b8ce",
  },
});
