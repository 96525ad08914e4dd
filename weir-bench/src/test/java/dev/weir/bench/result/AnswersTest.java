package dev.weir.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AnswersTest {
    private static Run answering(String job, Contender contender, long records, String checksum) {
        return new Run(job, contender, false, 1, 100, 75, 1, 2, 0, 2, 3, 1, records, checksum, null);
    }

    @Test
    void theSameAnswersAgree() {
        assertThat(Answers.disagreements(List.of(
                        answering("a", Contender.FLINK, 5, "c0"),
                        answering("a", Contender.WEIR, 5, "c0"),
                        answering("b", Contender.WEIR, 6, "c1"))))
                .isEmpty();
    }

    @Test
    void anotherChecksumOrNumberIsNamed() {
        assertThat(Answers.disagreements(List.of(
                        answering("a", Contender.FLINK, 5, "c0"),
                        answering("a", Contender.WEIR, 5, "c1"),
                        answering("a", Contender.LIMIT, 4, "c0"))))
                .containsExactly(
                        "answers differ: a has records=5 checksum=c1 on weir but records=5 checksum=c0 on flink",
                        "answers differ: a has records=4 checksum=c0 on limit but records=5 checksum=c0 on flink");
    }
}
