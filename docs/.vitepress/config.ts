import { defineConfig } from "vitepress";
import type { DefaultTheme } from "vitepress";
import { withMermaid } from "vitepress-plugin-mermaid";
import { SECTIONS, apiPages, homeOf, pagesOf } from "../site/navigation.ts";
import { codeTitles } from "../site/code-titles.ts";
import { repositoryLinks } from "../site/repository-links.ts";

export default withMermaid(
  defineConfig({
    lang: "en",
    title: "Counterpoint",
    description: "CQRS for TypeScript that you can watch.",
    srcExclude: ["README.md"],
    rewrites: { "adr/README.md": "adr/index.md", "workshop/README.md": "workshop/index.md" },
    cleanUrls: true,
    lastUpdated: false,
    head: [["link", { rel: "icon", type: "image/svg+xml", href: "/favicon.svg" }]],
    markdown: {
      config(md) {
        md.use(repositoryLinks).use(codeTitles);
      },
    },
    themeConfig: {
      logo: "/favicon.svg",
      nav: navigation(),
      sidebar: sidebar(),
      outline: [2, 3],
      search: { provider: "local" },
      socialLinks: [{ icon: "github", link: "https://github.com/counterpoint/counterpoint" }],
      footer: { message: "MIT licensed." },
    },
    mermaid: { fontFamily: "inherit" },
    vite: {
      build: { chunkSizeWarningLimit: 3_000 }, // mermaid, which is loaded where a page has a diagram
    },
  }),
);

function navigation(): DefaultTheme.NavItem[] {
  return SECTIONS.flatMap((section) => {
    const link = homeOf(section);
    if (link === undefined) return [];
    return [{ text: section.text, link, activeMatch: `^/${section.folder}/` }];
  });
}

function sidebar(): DefaultTheme.Sidebar {
  return Object.fromEntries(
    SECTIONS.map((section) => {
      const { text, folder } = section;
      const items: DefaultTheme.SidebarItem[] = [{ text, items: pagesOf(section) }];
      if (folder === "reference") {
        items.push({ text: "API", link: "/reference/api/", items: apiPages() });
      }
      return [`/${folder}/`, items];
    }),
  );
}
