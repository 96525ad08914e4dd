package dev.weir.bench.job;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What makes the comparison fair is held as rules. */
class BenchArchitectureTest {
    private static final JavaClasses BENCH = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.weir.bench");

    @Test
    void noJobKnowsAnEngine() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.weir.bench.timer..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.weir.engine..", "dev.weir.flink..", "org.apache.flink.client..", "dev.weir.client..")
                .because("which engine runs a program is decided by the class path alone")
                .check(BENCH);
    }

    @Test
    void programsAreOrdinary() {
        noClasses()
                .that()
                .resideInAPackage("dev.weir.bench.program..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.flink.runtime..", "dev.weir.bench.job..", "dev.weir.bench.limit..")
                .because("a program is what a user would write against Flink's API")
                .check(BENCH);
    }

    @Test
    void theLimitHasNoEngine() {
        classes()
                .that()
                .resideInAPackage("dev.weir.bench.limit..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "dev.weir.bench.limit..",
                        "dev.weir.bench.input..",
                        "dev.weir.bench.measure..",
                        "org.HdrHistogram..",
                        "org.jspecify..")
                .because("the limit is what a loop by hand does, with the JDK")
                .check(BENCH);
    }
}
