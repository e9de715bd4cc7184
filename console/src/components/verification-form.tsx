import { Button, Checkbox, Group, Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { type ReviewPolicy, reviewPolicies, type VerificationCheck, verificationChecks } from "../../../src/domain/verification.ts";
import { ApiProblem } from "../api/client.ts";
import type { VerificationInput } from "../api/types.ts";
import { countries } from "../lib/candidate.ts";
import { checkWords, reviewPolicyWords } from "../lib/words.ts";
import { Problem } from "./problem.tsx";

export interface ProviderChoice {
  slug: string;
  name: string;
  sandbox: boolean;
}

interface VerificationFormProps {
  choices: ProviderChoice[];
  error: Error | null;
  pending: boolean;
  onSubmit: (input: VerificationInput) => void;
  onCancel: () => void;
}

/** Where the API's complaints are shown; any other pointer is listed above the buttons. */
const fieldPointers = [
  "/candidate/firstName", "/candidate/lastName", "/candidate/email", "/candidate/country", "/checks", "/provider", "/reviewPolicy",
];

export function VerificationForm({ choices, error, pending, onSubmit, onCancel }: VerificationFormProps) {
  const [firstName, setFirstName] = useState("");
  const [lastName, setLastName] = useState("");
  const [email, setEmail] = useState("");
  const [country, setCountry] = useState<string | null>(null);
  const [checks, setChecks] = useState<VerificationCheck[]>(["identity", "document"]);
  const [slug, setSlug] = useState(choices[0]?.slug ?? "");
  const [reviewPolicy, setReviewPolicy] = useState<ReviewPolicy>("on_consider");
  const sandbox = choices.find((choice) => choice.slug === slug)?.sandbox ?? false;
  const form = useFocusOnFault(error);
  const at = (pointer: string) => (error instanceof ApiProblem ? error.at(pointer) : null);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const candidate = { firstName: firstName.trim(), lastName: lastName.trim(), email: email.trim(), ...(country ? { country } : {}) };
    onSubmit({ checks, candidate, provider: slug, reviewPolicy });
  };
  return (
    <form onSubmit={submit} noValidate ref={form}>
      <Stack gap={16}>
        <Group grow align="flex-start" gap={12}>
          <TextInput label="First name" required value={firstName} onChange={(e) => setFirstName(e.currentTarget.value)} error={at("/candidate/firstName")} data-autofocus autoFocus />
          <TextInput label="Last name" required value={lastName} onChange={(e) => setLastName(e.currentTarget.value)} error={at("/candidate/lastName")} />
        </Group>
        <TextInput
          label="E-mail"
          type="email"
          required
          description={sandbox ? "In the sandbox a tag in the address decides what happens, as in jane+reject@example.test." : undefined}
          value={email}
          onChange={(e) => setEmail(e.currentTarget.value)}
          error={at("/candidate/email")}
        />
        <Select label="Country" placeholder="Choose or type" searchable clearable clearButtonProps={{ "aria-label": "No country" }} data={countries} value={country} onChange={setCountry} error={at("/candidate/country")} />
        <Checkbox.Group label="Checks" required value={checks} onChange={(next) => setChecks(next as VerificationCheck[])} error={at("/checks")}>
          <Group gap={16} mt={6} mb={2}>
            {verificationChecks.map((check) => (
              <Checkbox key={check} value={check} label={checkWords[check]} />
            ))}
          </Group>
        </Checkbox.Group>
        <Select
          label="Provider"
          allowDeselect={false}
          data={choices.map((choice) => ({ value: choice.slug, label: choice.sandbox ? `${choice.name} (sandbox)` : choice.name }))}
          value={slug}
          onChange={(value) => setSlug(value ?? "")}
          error={at("/provider")}
        />
        <Select
          label="A person reviews the result"
          allowDeselect={false}
          data={reviewPolicies.map((value) => ({ value, label: reviewPolicyWords[value] }))}
          value={reviewPolicy}
          onChange={(value) => setReviewPolicy(value ?? "on_consider")}
          error={at("/reviewPolicy")}
        />
        {error && <Problem error={error} what="The verification was not started" shownAtFields={fieldPointers} />}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onCancel}>
            Close
          </Button>
          <Button type="submit" loading={pending}>
            Start verification
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** After a refusal the cursor stands in the first field that the API complained about. */
function useFocusOnFault(error: Error | null) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>("[aria-invalid='true']")?.focus();
  }, [error]);
  return form;
}
