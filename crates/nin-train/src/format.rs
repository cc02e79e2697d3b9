//! How numbers and places are written for people: on screens, on a terminal, in files.

/// 5010 → `5,010`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 epoch`, `20 epochs`.
pub fn counted(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// 97.5 → `97.50 %`.
pub fn percent(value: f64) -> String {
    format!("{value:.2} %")
}

/// Seconds for people: `8.4 s`, `1 min 12 s`, `2 h 3 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// Bytes for people: `784 B`, `20.0 KiB`, `45.9 MiB`.
pub fn bytes(count: u64) -> String {
    match count {
        0..1024 => format!("{count} B"),
        1024..1_048_576 => format!("{:.1} KiB", count as f64 / 1024.0),
        _ => format!("{:.1} MiB", count as f64 / 1_048_576.0),
    }
}

/// The last part of a path or an address, however it ends: `digits` of `/home/me/digits/`.
pub fn last_part(place: &str) -> &str {
    let separators = ['/', '\\'];
    let part = place.trim_end_matches(separators).rsplit(separators).next().unwrap_or_default();
    if part.is_empty() { place } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let grouped = [0, 10, 999, 1000, 43_088_640].map(grouped);
        assert_eq!(grouped, ["0", "10", "999", "1,000", "43,088,640"]);
    }

    #[test]
    fn nouns_agree_with_their_number() {
        assert_eq!(
            [0, 1, 2000].map(|number| counted(number, "epoch")),
            ["0 epochs", "1 epoch", "2,000 epochs"]
        );
    }

    #[test]
    fn durations_are_short() {
        let durations = [0.04, 8.44, 59.4, 59.6, 72.0, 7380.0].map(duration);
        assert_eq!(durations, ["0.0 s", "8.4 s", "59.4 s", "1 min 0 s", "1 min 12 s", "2 h 3 min"]);
    }

    #[test]
    fn bytes_are_short() {
        assert_eq!([784, 20_480, 48_128_000].map(bytes), ["784 B", "20.0 KiB", "45.9 MiB"]);
    }

    #[test]
    fn a_place_has_a_last_part_however_it_ends() {
        let places = ["embedded", "../few/", "/home/me/digits", r"C:\digits\", "https://host/a//", "/", ""];
        assert_eq!(places.map(last_part), ["embedded", "few", "digits", "digits", "a", "/", ""]);
    }
}
