package dev.weir.engine.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.state.FlatTableTest.Integers;
import dev.weir.engine.state.FlatTableTest.Pair;
import dev.weir.engine.state.FlatTableTest.Pairs;
import org.junit.jupiter.api.Test;

class NamespaceSegmentsTest {
    private final NamespaceSegments<Integer, String, Pair> segments =
            new NamespaceSegments<>(new Versions<>(new Pairs()), new Layout<>(null, new Integers(), null));

    private Segment<Integer, String, Pair> filled(String namespace, int entries) {
        Segment<Integer, String, Pair> segment = segments.require(namespace);
        for (int key = 0; key < entries; key++) {
            segment.put(Segment.mix(key), key, namespace, new Pair(key, key));
        }
        return segment;
    }

    @Test
    void aNamespaceHasRoomForHalfOfWhatTheOneBeforeHas() {
        assertThat(segments.require("first").capacity()).isZero();
        filled("first", 1_000);
        int room = segments.require("second").capacity();
        assertThat(room).isBetween(667, 2_000);
        assertThat(filled("second", 500).capacity()).isEqualTo(room);
    }

    @Test
    void theOneBeforeMayBeGone() {
        filled("first", 1_000);
        segments.drop("first");
        assertThat(segments.require("second").capacity()).isGreaterThan(500);
        segments.drop("second");
        assertThat(segments.require("third").capacity()).isZero();
    }

    /** Late windows of few keys: at most every other one takes too much. */
    @Test
    void smallOnesAreFollowedBySmallOnes() {
        segments.readAhead(5);
        filled("large", 1_000);
        filled("late", 3);
        assertThat(segments.require("later").capacity()).isLessThan(16);
        segments.drop("later");
        assertThat(segments.require("latest").capacity()).isLessThan(16);
    }

    @Test
    void entriesOfTheNewestAreReadAhead() {
        assertThat(segments.newest()).isEmpty();
        var a = segments.require("a");
        var b = segments.require("b");
        assertThat(segments.newest()).containsExactly(b);
        segments.readAhead(2);
        var c = segments.require("c");
        assertThat(segments.newest()).containsExactly(b, c);
        var d = segments.require("d");
        assertThat(segments.newest()).containsExactly(c, d);
        segments.drop("c");
        assertThat(segments.newest()).containsExactly(d);
        segments.drop("a");
        assertThat(segments.newest()).containsExactly(d).doesNotContain(a);
        segments.readAhead(1);
        assertThat(segments.require("d")).isSameAs(d);
        assertThat(segments.newest()).containsExactly(d);
    }

    @Test
    void fewerAreReadAheadAgain() {
        segments.readAhead(3);
        segments.require("a");
        segments.require("b");
        segments.require("c");
        segments.readAhead(1);
        var d = segments.require("d");
        assertThat(segments.newest()).containsExactly(d);
    }
}
