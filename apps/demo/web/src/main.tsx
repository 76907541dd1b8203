import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { SessionGate } from "./role/session.tsx";
import { Announcer } from "./ui/announcer.tsx";
import { applyStoredTheme } from "./ui/theme.tsx";

applyStoredTheme();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element #root");

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={new QueryClient()}>
      <Announcer>
        <SessionGate>
          <App />
        </SessionGate>
      </Announcer>
    </QueryClientProvider>
  </StrictMode>,
);
