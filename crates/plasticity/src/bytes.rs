//! A state as bytes: one description of its parts writes and reads them.

use crate::lanes::Lanes;

/// A saved state is cut short, longer than expected, or of other settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the saved state is damaged or of other settings")]
pub struct Damaged;

/// Bytes that grow, or that are read from.
pub(crate) enum Bytes {
    Written(Vec<u8>),
    Read { bytes: Vec<u8>, at: usize },
}

/// A part of a state, whose size follows from the settings.
pub(crate) trait Saved {
    /// Appends the part to the bytes, or replaces it with what is read from them.
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged>;
}

impl Bytes {
    fn fixed<const N: usize>(&mut self, value: &mut [u8; N]) -> Result<(), Damaged> {
        match self {
            Self::Written(bytes) => bytes.extend_from_slice(value),
            Self::Read { bytes, at } => {
                let found = bytes.get(*at..*at + N).ok_or(Damaged)?;
                value.copy_from_slice(found);
                *at += N;
            }
        }
        Ok(())
    }

    pub(crate) fn number(&mut self, value: &mut u64) -> Result<(), Damaged> {
        let mut bytes = value.to_le_bytes();
        self.fixed(&mut bytes)?;
        *value = u64::from_le_bytes(bytes);
        Ok(())
    }

    pub(crate) fn small(&mut self, value: &mut u32) -> Result<(), Damaged> {
        let mut bytes = value.to_le_bytes();
        self.fixed(&mut bytes)?;
        *value = u32::from_le_bytes(bytes);
        Ok(())
    }

    pub(crate) fn real(&mut self, value: &mut f32) -> Result<(), Damaged> {
        let mut bytes = value.to_le_bytes();
        self.fixed(&mut bytes)?;
        *value = f32::from_le_bytes(bytes);
        Ok(())
    }

    pub(crate) fn long(&mut self, value: &mut f64) -> Result<(), Damaged> {
        let mut bytes = value.to_le_bytes();
        self.fixed(&mut bytes)?;
        *value = f64::from_le_bytes(bytes);
        Ok(())
    }

    pub(crate) fn lanes(&mut self, values: &mut [Lanes]) -> Result<(), Damaged> {
        values
            .iter_mut()
            .flatten()
            .try_for_each(|value| self.real(value))
    }

    /// A list whose length the settings do not say.
    pub(crate) fn list<T: Default>(
        &mut self,
        list: &mut Vec<T>,
        mut each: impl FnMut(&mut Self, &mut T) -> Result<(), Damaged>,
    ) -> Result<(), Damaged> {
        let mut length = list.len() as u64;
        self.number(&mut length)?;
        if let Self::Read { bytes, at } = self {
            // An element takes a byte at least.
            let length = usize::try_from(length).map_err(|_| Damaged)?;
            if length > bytes.len() - *at {
                return Err(Damaged);
            }
            list.clear();
            list.resize_with(length, T::default);
        }
        list.iter_mut().try_for_each(|element| each(self, element))
    }
}

/// The bytes of a state.
pub(crate) fn write(state: &mut impl Saved) -> Vec<u8> {
    let mut bytes = Bytes::Written(Vec::new());
    // Writing cannot fail: only the end of what is read does.
    let _ = state.visit(&mut bytes);
    match bytes {
        Bytes::Written(bytes) | Bytes::Read { bytes, .. } => bytes,
    }
}

/// Replaces a state by the one of the bytes.
pub(crate) fn read(state: &mut impl Saved, bytes: Vec<u8>) -> Result<(), Damaged> {
    let mut bytes = Bytes::Read { bytes, at: 0 };
    state.visit(&mut bytes)?;
    match bytes {
        Bytes::Read { bytes, at } if at == bytes.len() => Ok(()),
        _ => Err(Damaged),
    }
}
