//! Keys that work wherever the focus is, except in a text field.

use egui::{Context, Key, Modifiers};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortcut {
    /// Train, pause or resume.
    Main,
    /// One step.
    Step,
    /// Stop the run.
    Stop,
    /// Save a checkpoint.
    Save,
    /// A screen, from 0.
    Screen(usize),
    /// Dark or light.
    Theme,
    /// The list of keys.
    Keys,
}

const SCREENS: [Key; 7] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7];

/// The shortcut that was pressed since the last frame, if any.
pub fn pressed(ctx: &Context) -> Option<Shortcut> {
    if ctx.text_edit_focused() {
        return None;
    }
    // A focused button takes Space for itself.
    let focused = ctx.memory(|memory| memory.focused().is_some());
    ctx.input_mut(|input| {
        let mut take = |modifiers, key| input.consume_key(modifiers, key);
        let plain = Modifiers::NONE;
        if take(Modifiers::COMMAND, Key::S) {
            return Some(Shortcut::Save);
        }
        if !focused && take(plain, Key::Space) {
            return Some(Shortcut::Main);
        }
        if take(plain, Key::Questionmark) || take(Modifiers::SHIFT, Key::Questionmark) || take(plain, Key::F1)
        {
            return Some(Shortcut::Keys);
        }
        let others =
            [(Key::Period, Shortcut::Step), (Key::Escape, Shortcut::Stop), (Key::T, Shortcut::Theme)];
        let other = others.into_iter().find(|(key, _)| take(plain, *key)).map(|(_, shortcut)| shortcut);
        other.or_else(|| SCREENS.iter().position(|&key| take(plain, key)).map(Shortcut::Screen))
    })
}
