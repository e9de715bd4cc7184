import { AppShell, Burger } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Outlet, useLocation, useParams } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { Wordmark } from "./logo.tsx";
import { NavBar } from "./nav-bar.tsx";
import styles from "./shell.module.css";

/** The frame of every page of one tenant. */
export function Shell() {
  const { tenant } = useParams({ from: "/t/$tenant" });
  const location = useLocation();
  const [opened, menu] = useDisclosure(false);
  const main = useFocusOnNavigation(location.pathname);
  useEffect(() => menu.close(), [location.pathname, menu.close]);

  return (
    <AppShell header={{ height: { base: 56, sm: 0 } }} navbar={{ width: 240, breakpoint: "sm", collapsed: { mobile: !opened } }}>
      <a className="ws-skip" href="#main">
        Skip to content
      </a>
      <AppShell.Header className={styles["header"]} hiddenFrom="sm">
        <Burger opened={opened} onClick={menu.toggle} size="sm" aria-label="Menu" aria-expanded={opened} />
        <Wordmark />
      </AppShell.Header>
      <AppShell.Navbar className={styles["navbar"]}>
        <NavBar tenant={tenant} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} ref={main}>
        <div className={styles["content"]}>
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

/** A new page begins at its top for the keyboard and the screen reader too. */
function useFocusOnNavigation(pathname: string) {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [pathname]);
  return main;
}
