// Passkeys: forms that say data-passkey ask the browser for one and send its
// answer. The options come from the address that data-passkey names.
(() => {
  "use strict";
  if (!window.PublicKeyCredential) return;
  const bytes = (s) => Uint8Array.from(atob(s.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const list = (l) => (l ?? []).map((c) => ({ ...c, id: bytes(c.id) }));

  const answer = async (o) => {
    o.challenge = bytes(o.challenge);
    if (o.user) {
      o.user.id = bytes(o.user.id);
      o.excludeCredentials = list(o.excludeCredentials);
      return navigator.credentials.create({ publicKey: o });
    }
    o.allowCredentials = list(o.allowCredentials);
    return navigator.credentials.get({ publicKey: o });
  };
  const written = (c) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (c.response[name]) response[name] = text(c.response[name]);
    }
    if (c.response.getTransports) response.transports = c.response.getTransports();
    return JSON.stringify({ id: c.id, rawId: text(c.rawId), type: c.type, authenticatorAttachment: c.authenticatorAttachment ?? undefined, response, clientExtensionResults: c.getClientExtensionResults() });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (e) => {
      e.preventDefault();
      const problem = form.querySelector("[data-passkey-problem]");
      problem.hidden = true;
      try {
        const r = await fetch(form.dataset.passkey, { method: "POST", headers: { Accept: "application/json" } });
        if (r.redirected) { location.assign(r.url); return; }
        if (!r.ok) throw new Error(String(r.status));
        form.elements.answer.value = written(await answer((await r.json()).publicKey));
        form.submit();
      } catch {
        problem.hidden = false;
      }
    });
  }
})();
