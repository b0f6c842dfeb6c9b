import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { Layout } from "./layout.tsx";
import { AppPage } from "./pages/app.tsx";
import { AppsPage } from "./pages/apps.tsx";
import { DevicePage } from "./pages/device.tsx";
import { EnvironmentPage } from "./pages/environment.tsx";
import { NothingPage } from "./pages/nothing.tsx";
import { SetupPage } from "./pages/setup.tsx";
import { isWorthRepeating } from "./api.ts";
import "./styles/tokens.css";
import "./styles/base.css";

const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: (failures, error) => failures < 2 && isWorthRepeating(error), staleTime: 1000 },
  },
});

const router = createBrowserRouter([
  { path: "/setup", element: <SetupPage /> },
  {
    element: <Layout />,
    children: [
      { path: "/", element: <AppsPage /> },
      { path: "/device", element: <DevicePage /> },
      { path: "/apps/:app", element: <AppPage /> },
      { path: "/apps/:app/:env", element: <EnvironmentPage /> },
      { path: "*", element: <NothingPage /> },
    ],
  },
]);

const root = document.querySelector("#root");
if (root === null) throw new Error("The page has no #root.");
createRoot(root).render(
  <QueryClientProvider client={queries}>
    <RouterProvider router={router} />
  </QueryClientProvider>,
);
