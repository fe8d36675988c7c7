//! The device that a model is computed on.

use tracestone_interp::Device;

use crate::args::{DeviceArg, DeviceKind};
use crate::failure::{Failure, Hint as _};

/// Opens the device that was asked for.
pub(crate) fn open(arg: &DeviceArg) -> Result<Device, Failure> {
    match arg.device {
        DeviceKind::Cpu => Ok(Device::Cpu),
        DeviceKind::Cuda if !cfg!(feature = "cuda") => Err(Failure::new(
            "this program was built without cuda, so it cannot compute on a graphics card",
        )
        .hinted(
            "build it with `cargo build --release --bins --features tracestone/cuda`, which needs \
             NVIDIA's compiler `nvcc`, or leave out --device",
        )),
        DeviceKind::Cuda => Device::new_cuda(0).hint("leave out --device to use the processor"),
    }
}
