//! The page.

fn main() {
    countersign::ui::run();
}
