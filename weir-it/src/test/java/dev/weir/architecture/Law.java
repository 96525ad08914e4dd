package dev.weir.architecture;

import com.tngtech.archunit.lang.ArchRule;
import java.util.List;

/**
 * A rule with specimens that break it, so that a rule which can no longer fail is noticed.
 *
 * @param rule says what and why
 * @param specimens classes of the test tree that break the rule together
 */
record Law(ArchRule rule, List<Class<?>> specimens) {
    static Law of(ArchRule rule, Class<?>... specimens) {
        return new Law(rule, List.of(specimens));
    }
}
