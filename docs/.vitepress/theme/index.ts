import { h } from "vue";
import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme";
import arrows from "./arrows.svg?raw";
import "./style.css";

/** The default theme in the demo's colours, with the picture of the two lines on the start page. */
export default {
  extends: DefaultTheme,
  Layout: () =>
    h(DefaultTheme.Layout, null, {
      "home-hero-image": () => h("div", { class: "arrows", innerHTML: arrows }),
    }),
} satisfies Theme;
