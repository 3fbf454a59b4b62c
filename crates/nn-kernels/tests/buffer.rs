use nn_kernels::Buffer;

#[test]
fn it_holds_what_it_was_made_of_from_a_cache_line_on_and_so_do_its_copies() {
    for len in [0, 1, 15, 16, 100] {
        let numbers: Vec<f32> = (0..len).map(|i| i as f32).collect();
        let buffer = Buffer::from(numbers.clone());
        for buffer in [buffer.clone(), numbers.iter().copied().collect(), buffer] {
            assert_eq!(*buffer, *numbers);
            assert!(buffer.is_empty() || (buffer.as_ptr() as usize).is_multiple_of(64));
        }
    }
}
