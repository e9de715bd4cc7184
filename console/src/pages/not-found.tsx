import { Center } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconMapPinQuestion } from "@tabler/icons-react";
import { RouterButton } from "../components/links.tsx";
import { Empty } from "../components/states.tsx";

export function NotFoundPage() {
  useDocumentTitle("Page not found · Waystation");
  return (
    <Center component="main" mih="70vh" p={20}>
      <Empty
        icon={IconMapPinQuestion}
        title="There is no such page"
        order={1}
        action={
          <RouterButton to="/tenants" variant="default">
            Go to the tenants
          </RouterButton>
        }
      >
        The address may have been cut off when it was copied.
      </Empty>
    </Center>
  );
}
