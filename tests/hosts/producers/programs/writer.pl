# perl writer.pl HEADS.tsv CELLS.tsv OUT.xlsx
use strict; use warnings; use utf8;
use Excel::Writer::XLSX;
my ($heads, $cells, $out) = @ARGV;
my $book = Excel::Writer::XLSX->new($out);
my $day = $book->add_format(num_format => 'yyyy-mm-dd');
my %sheets;
open(my $named, '<:utf8', $heads) or die $!;
while (<$named>) {
    chomp; my ($tab, @headers) = split /\t/;
    $sheets{$tab} = $book->add_worksheet($tab);
    $sheets{$tab}->write_row(0, 0, \@headers);
}
open(my $filled, '<:utf8', $cells) or die $!;
while (<$filled>) {
    chomp; my ($tab, $row, $column, $kind, $said) = split /\t/, $_, -1;
    $said =~ s/\\n/\n/g;
    my @at = ($row - 1, $column - 1);
    my $sheet = $sheets{$tab};
    if ($kind eq 'd') { $said .= 'T00:00:00' unless $said =~ /T/; $sheet->write_date_time(@at, $said, $day); }
    elsif ($kind eq 'e') { $sheet->write_formula(@at, '=NA()', undef, $said); }
    elsif ($kind eq 'b') { $sheet->write_boolean(@at, $said eq 'True'); }
    elsif ($kind eq 'n') { $sheet->write_number(@at, $said); }
    else { $sheet->write_string(@at, $said); }
}
$book->close;
