//! Which maps a convolution joins.

/// Which input maps each output map of a convolution is joined to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Table {
    /// All to all.
    #[default]
    All,
    /// The table of LeNet-5's third layer, from 6 maps to 16. LeCun, Bottou, Bengio and Haffner 1998, table I.
    Lenet5,
    /// For each output map the input maps it sees, counted from 0.
    Maps(Vec<Vec<usize>>),
}

/// Table I: six maps of three neighbours, six of four, three of four that are not neighbours, and one of all.
const LENET5: [&[usize]; 16] = [
    &[0, 1, 2],
    &[1, 2, 3],
    &[2, 3, 4],
    &[3, 4, 5],
    &[0, 4, 5],
    &[0, 1, 5],
    &[0, 1, 2, 3],
    &[1, 2, 3, 4],
    &[2, 3, 4, 5],
    &[0, 3, 4, 5],
    &[0, 1, 4, 5],
    &[0, 1, 2, 5],
    &[0, 1, 3, 4],
    &[1, 2, 4, 5],
    &[0, 2, 3, 5],
    &[0, 1, 2, 3, 4, 5],
];

impl Table {
    /// The pairs of output and input maps that are joined, map after map; `None` for all of them.
    ///
    /// # Errors
    /// In words, what is wrong: another number of maps, an input map that is not there or is named twice, a map without any,
    /// or an input that no map sees.
    pub(crate) fn links(&self, channels: usize, maps: usize) -> Result<Option<Vec<(usize, usize)>>, String> {
        let table: Vec<&[usize]> = match self {
            Self::All => return Ok(None),
            Self::Lenet5 => LENET5.to_vec(),
            Self::Maps(table) => table.iter().map(Vec::as_slice).collect(),
        };
        if table.len() != maps {
            return Err(format!("a table of {maps} maps, got one of {}", table.len()));
        }
        let mut seen = vec![false; channels];
        let mut links = Vec::new();
        for (map, inputs) in table.iter().enumerate() {
            if inputs.is_empty() {
                return Err(format!("a table that gives each map an input, but map {map} has none"));
            }
            let mut sorted = inputs.to_vec();
            sorted.sort_unstable();
            if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(format!("a table that names each input of a map once, but map {map} has one twice"));
            }
            for input in sorted {
                let Some(seen) = seen.get_mut(input) else {
                    return Err(format!("a table of the {channels} input maps, but map {map} has input {input}"));
                };
                *seen = true;
                links.push((map, input));
            }
        }
        match seen.iter().position(|seen| !seen) {
            Some(input) => Err(format!("a table in which some map has each input, but none has input {input}")),
            None => Ok(Some(links)),
        }
    }

    /// As one types it: nothing for all, `lenet5`, or `0+1+2/1+2+3`, the inputs of each map.
    pub(crate) fn show(&self) -> String {
        let map = |inputs: &Vec<usize>| inputs.iter().map(ToString::to_string).collect::<Vec<_>>().join("+");
        match self {
            Self::All => String::new(),
            Self::Lenet5 => "lenet5".to_owned(),
            Self::Maps(table) => table.iter().map(map).collect::<Vec<_>>().join("/"),
        }
    }

    /// The inverse of [`show`](Self::show), but for all to all.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "lenet5" {
            return Some(Self::Lenet5);
        }
        if text.is_empty() {
            return None;
        }
        // A map without inputs is read, so that it can be told which one it is.
        let map = |inputs: &str| {
            let inputs = inputs.split('+').filter(|_| !inputs.is_empty());
            inputs.map(|input| input.parse().ok()).collect::<Option<Vec<usize>>>()
        };
        text.split('/').map(map).collect::<Option<Vec<_>>>().map(Self::Maps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenet5_joins_sixty_pairs_and_each_input_ten_times() {
        let links = Table::Lenet5.links(6, 16).unwrap().unwrap();
        assert_eq!(links.len(), 60);
        assert!((0..6).all(|input| links.iter().filter(|(_, of)| *of == input).count() == 10));
    }

    #[test]
    fn a_table_that_is_none_is_told_so() {
        let wrong = |table: &str, maps| Table::parse(table).unwrap().links(3, maps).unwrap_err();
        assert!(wrong("0+1+2", 2).starts_with("a table of 2 maps, got one of 1"));
        assert!(wrong("0+1/2+3", 2).contains("map 1 has input 3"));
        assert!(wrong("0+0/1+2", 2).contains("map 0 has one twice"));
        assert!(wrong("0/1", 2).contains("none has input 2"));
        assert!(wrong("0+1+2/", 2).contains("map 1 has none"));
        assert_eq!([Table::parse("0+x"), Table::parse("0+"), Table::parse("")], [const { None }; 3]);
        assert_eq!(Table::parse(&Table::Maps(vec![vec![0, 2], vec![1]]).show()).unwrap().show(), "0+2/1");
    }
}
