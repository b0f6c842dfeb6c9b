import { LoginForm } from "../pages/start/login-form.tsx";
import { clearUnsaved } from "../unsaved.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";

/** The login has ended under the page: it is asked for over it, and everything goes on where it stood. */
export const LoginDialog = ({ name }: { readonly name: string }) => (
  <Dialog title="Sign in again">
    <div className="stack tight">
      <p>Your login has ended. What you typed is still here; it goes on when you have signed in.</p>
      <LoginForm fixedName={name} />
      <p className="quiet">
        <Button
          kind="plain"
          small
          onClick={() => {
            clearUnsaved();
            globalThis.location.assign("/");
          }}
        >
          Leave it, and sign in as somebody else
        </Button>
      </p>
    </div>
  </Dialog>
);
