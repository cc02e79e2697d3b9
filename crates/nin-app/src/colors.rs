//! Colours that colour-blind eyes can tell apart: Okabe and Ito's eight, viridis for amounts, blue to orange for signs.

use egui::{Color32, Ui, lerp};

/// What a colour stands for, on a dark ground and on a light one.
pub struct Palette {
    /// Training images.
    pub train: Color32,
    /// Test images; what is wrong.
    pub test: Color32,
    /// Growing, and layers that are new.
    pub new: Color32,
    /// Layers that are carried.
    pub carried: Color32,
    /// Warnings, dead channels.
    pub warning: Color32,
    /// Runs laid over for comparison, in order.
    pub others: [Color32; 4],
}

const DARK: Palette = Palette {
    train: Color32::from_rgb(0x56, 0xB4, 0xE9),
    test: Color32::from_rgb(0xE6, 0x7A, 0x2E),
    new: Color32::from_rgb(0x1F, 0xBE, 0x91),
    carried: Color32::from_rgb(0x8F, 0x9B, 0xA8),
    warning: Color32::from_rgb(0xF0, 0xC4, 0x42),
    others: [
        Color32::from_rgb(0xCC, 0x79, 0xA7),
        Color32::from_rgb(0xF0, 0xE4, 0x42),
        Color32::from_rgb(0xBB, 0xBB, 0xBB),
        Color32::from_rgb(0xE6, 0x9F, 0x00),
    ],
};

const LIGHT: Palette = Palette {
    train: Color32::from_rgb(0x00, 0x72, 0xB2),
    test: Color32::from_rgb(0xD5, 0x5E, 0x00),
    new: Color32::from_rgb(0x00, 0x7F, 0x5C),
    carried: Color32::from_rgb(0x6A, 0x74, 0x80),
    warning: Color32::from_rgb(0x8A, 0x62, 0x00),
    others: [
        Color32::from_rgb(0xA8, 0x4B, 0x80),
        Color32::from_rgb(0x8C, 0x80, 0x00),
        Color32::from_rgb(0x66, 0x66, 0x66),
        Color32::from_rgb(0xB0, 0x74, 0x00),
    ],
};

/// The colours for the theme that is on.
pub fn palette(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

/// Viridis at nine places; colours in between are mixed.
const VIRIDIS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

/// An amount from 0 to 1.
pub fn viridis(amount: f32) -> Color32 {
    let place = amount.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f32;
    let index = (place as usize).min(VIRIDIS.len() - 2);
    mix(VIRIDIS[index], VIRIDIS[index + 1], place - index as f32)
}

/// A signed amount from −1 (blue) over 0 (dark) to 1 (orange).
pub fn signed(amount: f32) -> Color32 {
    const ZERO: [u8; 3] = [24, 26, 30];
    let end = if amount < 0.0 { [86, 180, 233] } else { [240, 150, 60] };
    mix(ZERO, end, amount.abs().min(1.0))
}

/// Ink on paper, as the network sees it: 0 black, 1 white.
pub fn ink(amount: f32) -> Color32 {
    Color32::from_gray((amount.clamp(0.0, 1.0) * 255.0) as u8)
}

fn mix(from: [u8; 3], to: [u8; 3], share: f32) -> Color32 {
    let channel = |i: usize| lerp(f32::from(from[i])..=f32::from(to[i]), share).round() as u8;
    Color32::from_rgb(channel(0), channel(1), channel(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viridis_goes_from_violet_to_yellow() {
        assert_eq!(viridis(0.0), Color32::from_rgb(68, 1, 84));
        assert_eq!(viridis(1.0), Color32::from_rgb(253, 231, 37));
        assert_eq!(viridis(f32::NAN.max(2.0)), viridis(1.0));
    }

    #[test]
    fn signs_have_different_colours() {
        assert_eq!(signed(0.0), signed(-0.0));
        assert!(signed(1.0).r() > signed(1.0).b() && signed(-1.0).b() > signed(-1.0).r());
    }
}
