//! What of Burn computes.

use burn::tensor::Device;

/// The back end of that name, and what the report calls its device.
///
/// # Errors
/// The program was built without it, or there is no adapter for it.
pub fn open(backend: &str) -> Result<(Device, String), String> {
    match backend {
        #[cfg(feature = "flex")]
        "flex" => Ok((Device::flex(), backend.to_owned())),
        #[cfg(feature = "ndarray")]
        #[allow(deprecated)]
        "ndarray" => Ok((Device::ndarray(), backend.to_owned())),
        #[cfg(feature = "wgpu")]
        "wgpu" => on_adapter(),
        other => Err(format!("there is no back end {other}: expected the feature that this was built with")),
    }
}

/// The adapter that wgpu prefers; it is named as nin names its own.
#[cfg(feature = "wgpu")]
fn on_adapter() -> Result<(Device, String), String> {
    let (device, setup) = Device::wgpu_options().init_with_setup().map_err(|error| error.to_string())?;
    let adapter = setup.adapter.get_info();
    Ok((device, format!("{} ({:?})", adapter.name, adapter.backend)))
}
