<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
<context>
    <name>ConversionDraft</name>
    <message numerus="yes">
        <source>%n internal snapshot(s)</source>
        <translation>
            <numerusform>%n internal snapshot</numerusform>
            <numerusform>%n internal snapshots</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n saved machine state(s)</source>
        <translation>
            <numerusform>%n saved machine state</numerusform>
            <numerusform>%n saved machine states</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bitmap(s)</source>
        <translation>
            <numerusform>%n bitmap</numerusform>
            <numerusform>%n bitmaps</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ConversionForecast</name>
    <message numerus="yes">
        <source>%1 to %2, from %n sample(s)</source>
        <translation>
            <numerusform>%1 to %2, from %n sample</numerusform>
            <numerusform>%1 to %2, from %n samples</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ConversionPresets</name>
    <message numerus="yes">
        <source>There are %n presets already; forget one first.</source>
        <translation>
            <numerusform>There are %n presets already; forget one first.</numerusform>
            <numerusform>There are %n presets already; forget one first.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DropPlan</name>
    <message numerus="yes">
        <source>At most %n file(s) can be dropped at once.</source>
        <translation>
            <numerusform>At most %n file can be dropped at once.</numerusform>
            <numerusform>At most %n files can be dropped at once.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>At most %n image(s) can be converted together.</source>
        <translation>
            <numerusform>At most %n image can be converted together.</numerusform>
            <numerusform>At most %n images can be converted together.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Open %n window(s)</source>
        <translation>
            <numerusform>Open %n window</numerusform>
            <numerusform>Open %n windows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>At most %n image(s) can be opened at once.</source>
        <translation>
            <numerusform>At most %n image can be opened at once.</numerusform>
            <numerusform>At most %n images can be opened at once.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Convert %n image(s)…</source>
        <translation>
            <numerusform>Convert %n image…</numerusform>
            <numerusform>Convert %n images…</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>JobText</name>
    <message numerus="yes">
        <source>%n running, %1</source>
        <translation>
            <numerusform>%n running, %1</numerusform>
            <numerusform>%n running, %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n failed</numerusform>
            <numerusform>%n failed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n paused</source>
        <translation>
            <numerusform>%n paused</numerusform>
            <numerusform>%n paused</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n waiting</numerusform>
            <numerusform>%n waiting</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n not finished last time</source>
        <translation>
            <numerusform>%n not finished last time</numerusform>
            <numerusform>%n not finished last time</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n done</source>
        <translation>
            <numerusform>%n done</numerusform>
            <numerusform>%n done</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cancelled</source>
        <translation>
            <numerusform>%n cancelled</numerusform>
            <numerusform>%n cancelled</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n running</numerusform>
            <numerusform>%n running</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) done.</source>
        <translation>
            <numerusform>%n job done.</numerusform>
            <numerusform>%n jobs done.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) failed.</source>
        <translation>
            <numerusform>%n job failed.</numerusform>
            <numerusform>%n jobs failed.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Map</name>
    <message numerus="yes">
        <source>%Ln cluster(s)</source>
        <translation>
            <numerusform>%Ln cluster</numerusform>
            <numerusform>%Ln clusters</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n problem(s)</source>
        <translation>
            <numerusform>%n problem</numerusform>
            <numerusform>%n problems</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more range(s)</source>
        <translation>
            <numerusform>and %n more range</numerusform>
            <numerusform>and %n more ranges</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Overview</name>
    <message numerus="yes">
        <source>The check of %1 found %n problem(s).</source>
        <translation>
            <numerusform>The check of %1 found %n problem.</numerusform>
            <numerusform>The check of %1 found %n problems.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The check of %1 found %n lost cluster(s), no damage.</source>
        <translation>
            <numerusform>The check of %1 found %n lost cluster, no damage.</numerusform>
            <numerusform>The check of %1 found %n lost clusters, no damage.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n problem(s) found</source>
        <translation>
            <numerusform>%n problem found</numerusform>
            <numerusform>%n problems found</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cluster(s) are counted but not used. No data is in danger.</source>
        <translation>
            <numerusform>%n cluster is counted but not used. No data is in danger.</numerusform>
            <numerusform>%n clusters are counted but not used. No data is in danger.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>It rests on a chain of %n other file(s).</source>
        <translation>
            <numerusform>It rests on a chain of %n other file.</numerusform>
            <numerusform>It rests on a chain of %n other files.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n dirty bitmap(s) for incremental backups.</source>
        <translation>
            <numerusform>%n dirty bitmap for incremental backups.</numerusform>
            <numerusform>%n dirty bitmaps for incremental backups.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bitmap(s) cannot be trusted: the next backup must be a full one.</source>
        <translation>
            <numerusform>%n bitmap cannot be trusted: the next backup must be a full one.</numerusform>
            <numerusform>%n bitmaps cannot be trusted: the next backup must be a full one.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n snapshot(s) inside the file make it grow.</source>
        <translation>
            <numerusform>%n snapshot inside the file makes it grow.</numerusform>
            <numerusform>%n snapshots inside the file make it grow.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n snapshot(s) inside the file; only they need %1.</source>
        <translation>
            <numerusform>%n snapshot inside the file; only it needs %1.</numerusform>
            <numerusform>%n snapshots inside the file; only they need %1.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::BitmapsPage</name>
    <message numerus="yes">
        <source>%n bitmap(s) record what was written to the disk.</source>
        <translation>
            <numerusform>%n bitmap records what was written to the disk.</numerusform>
            <numerusform>%n bitmaps record what was written to the disk.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::ByteInspector</name>
    <message numerus="yes">
        <source>%n further reference(s) lead here.</source>
        <translation>
            <numerusform>%n further reference leads here.</numerusform>
            <numerusform>%n further references lead here.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::CheckPage</name>
    <message numerus="yes">
        <source>%n finding(s) lie there.</source>
        <translation>
            <numerusform>%n finding lies there.</numerusform>
            <numerusform>%n findings lie there.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::ConsentDialog</name>
    <message numerus="yes">
        <source>%1 names %n other file(s)</source>
        <translation>
            <numerusform>%1 names %n other file</numerusform>
            <numerusform>%1 names %n other files</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::ConversionList</name>
    <message numerus="yes">
        <source>%n image(s) cannot be converted yet.</source>
        <translation>
            <numerusform>%n image cannot be converted yet.</numerusform>
            <numerusform>%n images cannot be converted yet.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::ConvertPage</name>
    <message numerus="yes">
        <source>The list is full: %n image(s) were left out.</source>
        <translation>
            <numerusform>The list is full: %n image were left out.</numerusform>
            <numerusform>The list is full: %n images were left out.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Convert %n image(s)</source>
        <translation>
            <numerusform>Convert %n image</numerusform>
            <numerusform>Convert %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n conversion(s) went to the jobs.</source>
        <translation>
            <numerusform>%n conversion went to the jobs.</numerusform>
            <numerusform>%n conversions went to the jobs.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::DropOverlay</name>
    <message numerus="yes">
        <source>Open %n windows</source>
        <translation type="vanished">
            <numerusform>Open %n window</numerusform>
            <numerusform>Open %n windows</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::FindingDetail</name>
    <message numerus="yes">
        <source>Found %n time(s)</source>
        <translation>
            <numerusform>Found %n time</numerusform>
            <numerusform>Found %n times</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::ImageView</name>
    <message numerus="yes">
        <source>%n snapshot(s)</source>
        <translation>
            <numerusform>%n snapshot</numerusform>
            <numerusform>%n snapshots</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n other file(s), not all can be used</source>
        <translation>
            <numerusform>%n other file, not all can be used</numerusform>
            <numerusform>%n other files, not all can be used</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n other file(s)</source>
        <translation>
            <numerusform>%n other file</numerusform>
            <numerusform>%n other files</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::LocateDialog</name>
    <message numerus="yes">
        <source>%n file(s) can come into question, the best first.</source>
        <translation>
            <numerusform>%n file can come into question.</numerusform>
            <numerusform>%n files can come into question, the best first.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::MainWindow</name>
    <message numerus="yes">
        <source>%n conversion(s) were not finished when Platter ended.</source>
        <translation>
            <numerusform>%n conversion was not finished when Platter ended.</numerusform>
            <numerusform>%n conversions were not finished when Platter ended.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::MapTableDialog</name>
    <message numerus="yes">
        <source>%Ln cell(s) in view, by address. Enter shows one on the map.</source>
        <translation>
            <numerusform>%Ln cell in view, by address. Enter shows one on the map.</numerusform>
            <numerusform>%Ln cells in view, by address. Enter shows one on the map.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::NewPassphraseDialog</name>
    <message numerus="yes">
        <source>Choose a passphrase for %n new image(s)</source>
        <translation>
            <numerusform>Choose a passphrase for %n new image</numerusform>
            <numerusform>Choose a passphrase for %n new images</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::NoticeBar</name>
    <message numerus="yes">
        <source>%n more</source>
        <comment>further notices</comment>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more notice(s)</source>
        <translation>
            <numerusform>%n more notice</numerusform>
            <numerusform>%n more notices</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::OptionsPanel</name>
    <message numerus="yes">
        <source>%n bit(s)</source>
        <translation>
            <numerusform>%n bit</numerusform>
            <numerusform>%n bits</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::OverlaysPanel</name>
    <message numerus="yes">
        <source>%n found. Changing this image would spoil them; others may lie elsewhere.</source>
        <translation>
            <numerusform>%n found. Changing this image would spoil it; others may lie elsewhere.</numerusform>
            <numerusform>%n found. Changing this image would spoil them; others may lie elsewhere.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::QuitDialog</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) are not finished</source>
        <translation>
            <numerusform>%n job is not finished</numerusform>
            <numerusform>%n jobs are not finished</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::ReferencesModel</name>
    <message numerus="yes">
        <source>%n snapshot(s): %1</source>
        <translation>
            <numerusform>%n snapshot: %1</numerusform>
            <numerusform>%n snapshots: %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::ReferencesPanel</name>
    <message numerus="yes">
        <source>%n place(s)</source>
        <translation>
            <numerusform>%n place</numerusform>
            <numerusform>%n places</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>counted %n time(s)</source>
        <translation>
            <numerusform>counted %n time</numerusform>
            <numerusform>counted %n times</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::SnapshotsPage</name>
    <message numerus="yes">
        <source>%n state(s) of the disk are kept inside the file.</source>
        <translation>
            <numerusform>%n state of the disk is kept inside the file.</numerusform>
            <numerusform>%n states of the disk are kept inside the file.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::StartPage</name>
    <message numerus="yes">
        <source>Platter did not end as it should. %n image(s) were open. No image was changed.</source>
        <translation>
            <numerusform>Platter did not end as it should. %n image was open. No image was changed.</numerusform>
            <numerusform>Platter did not end as it should. %n images were open. No image was changed.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::StructureModel</name>
    <message numerus="yes">
        <source>%Ln entry(s)</source>
        <translation>
            <numerusform>%Ln entry</numerusform>
            <numerusform>%Ln entries</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::UnfinishedCard</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n conversion(s) were not finished when Platter ended</source>
        <translation>
            <numerusform>%n conversion was not finished when Platter ended</numerusform>
            <numerusform>%n conversions were not finished when Platter ended</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RepairText</name>
    <message numerus="yes">
        <source>Put %n lost L2 table(s) back into the L1 table</source>
        <translation>
            <numerusform>Put %n lost L2 table back into the L1 table</numerusform>
            <numerusform>Put %n lost L2 tables back into the L1 table</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Put back %n lost L2 table(s) whose place is a guess</source>
        <translation>
            <numerusform>Put back %n lost L2 table whose place is a guess</numerusform>
            <numerusform>Put back %n lost L2 tables whose place is a guess</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Clear bits that must be 0 in %n entry(s)</source>
        <translation>
            <numerusform>Clear bits that must be 0 in %n entry</numerusform>
            <numerusform>Clear bits that must be 0 in %n entries</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Drop %n entry(s) of the refcount table that lead nowhere; what they counted is counted again</source>
        <translation>
            <numerusform>Drop %n entry of the refcount table that leads nowhere; what it counted is counted again</numerusform>
            <numerusform>Drop %n entries of the refcount table that lead nowhere; what they counted is counted again</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Take %n entry(s) that lead nowhere from the newest snapshot that has them</source>
        <translation>
            <numerusform>Take %n entry that leads nowhere from the newest snapshot that has it</numerusform>
            <numerusform>Take %n entries that lead nowhere from the newest snapshot that has them</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Clear %n entry(s) that lead nowhere: their ranges read as never written</source>
        <translation>
            <numerusform>Clear %n entry that leads nowhere: its range reads as never written</numerusform>
            <numerusform>Clear %n entries that lead nowhere: their ranges read as never written</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Give %n refcount block(s) that lie in used clusters a place of their own</source>
        <translation>
            <numerusform>Give %n refcount block that lies in a used cluster a place of its own</numerusform>
            <numerusform>Give %n refcount blocks that lie in used clusters places of their own</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Copy %n guest cluster(s) that lie in places of others to places of their own</source>
        <translation>
            <numerusform>Copy %n guest cluster that lies in the place of another to a place of its own</numerusform>
            <numerusform>Copy %n guest clusters that lie in places of others to places of their own</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Count %n cluster(s) that are used and were not counted</source>
        <translation>
            <numerusform>Count %n cluster that is used and was not counted</numerusform>
            <numerusform>Count %n clusters that are used and were not counted</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Free %n leaked cluster(s)</source>
        <translation>
            <numerusform>Free %n leaked cluster</numerusform>
            <numerusform>Free %n leaked clusters</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Correct %n COPIED flag(s)</source>
        <translation>
            <numerusform>Correct %n COPIED flag</numerusform>
            <numerusform>Correct %n COPIED flags</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Lead %n entry(s) back to the blocks that they named</source>
        <translation>
            <numerusform>Lead %n entry back to the block that it named</numerusform>
            <numerusform>Lead %n entries back to the blocks that they named</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Copy %n block(s) that are named twice to places of their own</source>
        <translation>
            <numerusform>Copy %n block that is named twice to a place of its own</numerusform>
            <numerusform>Copy %n blocks that are named twice to places of their own</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Move the last %n block(s) to places that nothing uses</source>
        <translation>
            <numerusform>Move the last block to a place that nothing uses</numerusform>
            <numerusform>Move the last %n blocks to places that nothing uses</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Cut off %n block(s) that nothing uses</source>
        <translation>
            <numerusform>Cut off %n block that nothing uses</numerusform>
            <numerusform>Cut off %n blocks that nothing uses</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Correct %n header field(s) that can have one value only</source>
        <translation>
            <numerusform>Correct %n header field that can have one value only</numerusform>
            <numerusform>Correct %n header fields that can have one value only</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Left as it is, %n time(s): %1 %2</source>
        <comment>what a finding means; why nothing can be done</comment>
        <translation>
            <numerusform>Left as it is: %1 %2</numerusform>
            <numerusform>Left as it is, %n times: %1 %2</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n corruption(s)</source>
        <translation>
            <numerusform>%n corruption</numerusform>
            <numerusform>%n corruptions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n leaked cluster(s)</source>
        <translation>
            <numerusform>%n leaked cluster</numerusform>
            <numerusform>%n leaked clusters</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n part(s) that cannot be examined</source>
        <translation>
            <numerusform>%n part that cannot be examined</numerusform>
            <numerusform>%n parts that cannot be examined</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>platter::app::RepairPanel</name>
    <message numerus="yes">
        <source>%n repair(s) can be done</source>
        <translation>
            <numerusform>%n repair can be done</numerusform>
            <numerusform>%n repairs can be done</numerusform>
        </translation>
    </message>
</context>
</TS>
