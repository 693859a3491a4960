//! What the page hands to the user: files and the clipboard.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Offers `blob` to the user as a file called `name`. Nothing leaves the browser.
pub fn save(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let document = super::page::document()?;
    let url = Url::create_object_url_with_blob(blob)?;
    let link = document.create_element("a")?.dyn_into::<HtmlAnchorElement>()?;
    link.set_attribute("href", &url)?;
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url)
}

/// Offers `text` to the user as a file called `name`.
pub fn save_text(text: &str, name: &str, media_type: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = js_sys::Array::of1(&text.into());
    save(&Blob::new_with_str_sequence_and_options(&parts, &options)?, name)
}

/// Puts `text` on the clipboard; false where the browser does not allow it.
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    // The clipboard is missing where the page does not come over a secure connection.
    let navigator = window.navigator();
    if !js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|it| it.is_object()) {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
