package dev.weir.flink.twin;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.MapFunction;
import org.junit.jupiter.api.Test;

class TemplatesTest {
    private static final MethodHandles.Lookup HERE = MethodHandles.lookup();
    private final List<Object> seen = new ArrayList<>();
    private final MapFunction<Object, Object> function = value -> value + "!";
    private final Link end = (value, timestamp) -> seen.add(value + "@" + timestamp);

    @Test
    void eachPlaceHasItsOwnClassAndTheSubtasksOfAPlaceShareIt() throws Exception {
        Templates templates = new Templates(true);

        Link first = make(templates, "a");
        Link second = make(templates, "a");
        Link other = make(templates, "b");

        assertThat(first.getClass()).isSameAs(second.getClass()).isNotSameAs(other.getClass());
        assertThat(first.getClass().isHidden()).isTrue();
        for (Link link : List.of(first, second, other)) {
            link.accept("x", 7);
        }
        assertThat(seen).containsExactly("x!@7", "x!@7", "x!@7");
    }

    @Test
    void withoutCopyingTheTemplateItselfIsUsed() {
        assertThat(make(new Templates(false), "a")).isExactlyInstanceOf(MapTwin.class);
    }

    @Test
    void anotherJobHasOtherCopies() {
        assertThat(make(new Templates(true), "a").getClass())
                .isNotSameAs(make(new Templates(true), "a").getClass());
    }

    private Link make(Templates templates, String place) {
        return templates.<Link>make(HERE, MapTwin.class, place, function, end);
    }
}
