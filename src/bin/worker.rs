//! The page's worker.

fn main() {
    countersign::web::worker::run();
}
