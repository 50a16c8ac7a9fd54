// A file that is chosen is read into the text field that it names; nothing is sent before the form is.
addEventListener("change", async ({ target }) => {
  const field = target.dataset?.into && target.files?.[0] && target.form.elements[target.dataset.into];
  if (field) { field.value = await target.files[0].text(); target.value = ""; field.focus(); }
});
