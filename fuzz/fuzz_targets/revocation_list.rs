#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sluis_fuzz::revocation_list(data));
