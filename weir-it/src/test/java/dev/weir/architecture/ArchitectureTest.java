package dev.weir.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds the code that ships to the laws, and each law to specimens that break it. */
class ArchitectureTest {
    private static final JavaClasses SHIPPED = OwnCode.shipped();

    private static List<Law> laws() {
        return Stream.of(Layers.laws(), Guest.laws(), OwnRuntime.laws())
                .flatMap(List::stream)
                .toList();
    }

    @Test
    void everyModuleIsRead() {
        assertThat(OwnCode.modules()).hasSizeGreaterThanOrEqualTo(4);
        assertThat(SHIPPED.stream().map(type -> type.getPackageName()).distinct())
                .contains("dev.weir.engine.task", "dev.weir.rocksdb", "dev.weir.flink.session", "dev.weir.server");
    }

    @TestFactory
    Stream<DynamicTest> whatShipsKeeps() {
        return laws().stream()
                .map(law -> dynamicTest(
                        law.rule().getDescription(),
                        () -> law.rule().allowEmptyShould(true).check(SHIPPED)));
    }

    @TestFactory
    Stream<DynamicTest> specimensBreak() {
        return laws().stream()
                .filter(law -> !law.specimens().isEmpty())
                .map(law -> dynamicTest(law.rule().getDescription(), () -> {
                    JavaClasses specimens = new ClassFileImporter().importClasses(law.specimens());
                    assertThat(law.rule().evaluate(specimens).hasViolation())
                            .as("violation found in %s", law.specimens())
                            .isTrue();
                }));
    }

    @TestFactory
    Stream<DynamicTest> flinkStillHas() {
        return OwnRuntime.replacedClasses().stream()
                .map(name -> dynamicTest(name, () -> assertThat(
                                Class.forName(name, false, getClass().getClassLoader()))
                        .isNotNull()));
    }
}
